import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { groups } from "../../compiler/support/cases";
import { edited, type Edit } from "../../compiler/support/sample";

/** The command as a file that Node.js runs. */
export const COMMAND = join(__dirname, "..", "..", "..", "cli", "palisade.mjs");
const folders: string[] = [];

after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

/** The command goes by the real date: a grant of the sample must not end meanwhile. */
const NEVER_ENDS = groups("2027-01-01", "2999-01-01");

/** A folder that is gone after the tests. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "palisade-cli-"));
  folders.push(folder);
  return folder;
}

/** A project's folder with the sample's stack and policy in it. */
export function project(...edits: Edit[]): string {
  const folder = emptyFolder();
  mkdirSync(join(folder, "policy"));
  writeProject(folder, ...edits);
  return folder;
}

/** Writes the sample's files anew, with other changes. */
export function writeProject(folder: string, ...edits: Edit[]): void {
  for (const [name, text] of edited([NEVER_ENDS, ...edits])) {
    writeFileSync(join(folder, name.endsWith(".json") ? "policy" : ".", name), text);
  }
}

/** Runs the command in a folder. */
export function palisade(folder: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}
