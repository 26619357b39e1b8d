import assert from "node:assert/strict";
import type { Outcome, Sandbox } from "./sandbox";

/** A document as HostConfig sends it: files by name, in the order that is written here. */
export function documentOf(facet: string, files: Record<string, string>): string {
  const parts = Object.entries(files).map(([name, text]) => `#=== file ${name}\n${text}`);
  return `# palisade ${facet} for web-1 (dev)\n${parts.join("")}#=== end\n`;
}

export function assertOk(outcome: Outcome): void {
  assert.equal(outcome.code, 0, outcome.stderr);
}

/** A table of documents by what is wrong with them, and what the host says of all. */
export interface Refusals {
  command: string;
  documents: Iterable<[string, string | Buffer]>;
  why: RegExp;
}

/** Each document is refused, and changes neither a file nor the kernel. */
export async function assertRefused(host: Sandbox, refusals: Refusals): Promise<void> {
  const before = await host.everything();
  for (const [what, document] of refusals.documents) {
    const outcome = await host.palisade(refusals.command, document);
    assert.notEqual(outcome.code, 0, `accepted: ${what}`);
    assert.match(outcome.stderr, refusals.why, what);
    assert.deepEqual(await host.everything(), before, `changed by ${what}`);
  }
}
