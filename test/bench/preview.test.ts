import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, describe, test } from "node:test";
import { makeStack, type BenchStack } from "../../bench/preview/fleet";
import { runStandIn } from "../../bench/preview/stand-in";
import { PROJECT } from "../../lab/deploy/session";
import type { EngineEvent } from "../../lab/engine";

/** The most that a host may add to a stack beyond what is its instance's own, components counted. */
const LIMIT = 4;

type Planned = Extract<EngineEvent, { kind: "planned" }>;

const scratch = mkdtempSync(join(tmpdir(), "palisade-bench-test-"));
after(() => rmSync(scratch, { recursive: true }));

function stackOf(hosts: number): BenchStack {
  const policy = join(scratch, `policy-${hosts}`);
  return makeStack(policy, relative(PROJECT, policy), hosts, "mixed");
}

/** What a preview of a new stack registers, by host. */
async function registered(hosts: number): Promise<Map<string, Planned[]>> {
  const events: EngineEvent[] = [];
  const folder = join(scratch, `state-${hosts}`);
  const result = await runStandIn(folder, stackOf(hosts), "preview", (event) => events.push(event));
  assert.deepEqual([...result.errors, ...result.failed.map(({ message }) => message)], []);
  const byHost = new Map<string, Planned[]>();
  for (const event of events) {
    const host =
      event.kind === "planned"
        ? /^g\d{4}(-aws|-linode)?-\d+(?=-|$)/.exec(event.resource.name)?.[0]
        : undefined;
    if (event.kind !== "planned" || host === undefined) continue;
    byHost.set(host, [...(byHost.get(host) ?? []), event]);
  }
  assert.equal(byHost.size, hosts);
  return byHost;
}

const isOwn = ({ resource }: Planned): boolean => /^(aws|linode):/.test(resource.type);

/** Bytes of all inputs of a host's resources, as a preview shows them, on average. */
function bytesOf(byHost: ReadonlyMap<string, Planned[]>): number {
  const sizes = [...byHost.values()].flat().map(({ changes }) => JSON.stringify(changes).length);
  return sizes.reduce((sum, size) => sum + size, 0) / byHost.size;
}

describe("bench/preview", () => {
  test("makes the same stack from the same size, and refuses one too small for its groups", () => {
    assert.deepEqual(stackOf(60), stackOf(60));
    assert.throws(() => stackOf(40), /40 hosts are too few: at least 50/);
  });

  test("a host adds four resources at most, and as much text in a large stack as in a small one", async () => {
    const [small, large] = [await registered(50), await registered(100)];
    for (const [host, events] of [...small, ...large]) {
      const names = events.filter((event) => !isOwn(event)).map(({ resource }) => resource.name);
      assert.ok(names.length <= LIMIT, `${host}: ${names.join(", ")}`);
      assert.ok(names.length > 3, "the whole host is counted");
    }
    const counts = [small, large].map((byHost) => [...byHost.values()].flat().length / byHost.size);
    assert.equal(counts[0], counts[1], "resources a host");
    const growth = bytesOf(large) / bytesOf(small);
    assert.ok(
      growth > 0.95 && growth < 1.05,
      `a host's inputs grew to ${growth.toFixed(3)} of what they were`,
    );
  });
});
