import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, describe, test } from "node:test";
import { makeStack, type BenchStack } from "../../bench/preview/fleet";
import { measure, type Measurement } from "../../bench/preview/measure";
import { comparisons } from "../../bench/preview/report";
import { PROJECT } from "../../lab/deploy/session";
import { stepOf, type Step } from "../../lab/display/step";

/** The most that a host may add to a stack beyond what is its instance's own, components counted. */
const LIMIT = 4;

const scratch = mkdtempSync(join(tmpdir(), "palisade-bench-test-"));
after(() => rmSync(scratch, { recursive: true }));

function stackOf(hosts: number): BenchStack {
  const policy = join(scratch, `policy-${hosts}`);
  return makeStack(policy, relative(PROJECT, policy), hosts, "mixed");
}

/** What a preview of a new stack registers, by host. */
async function registered(hosts: number): Promise<Map<string, Step[]>> {
  const { run, measurement } = await measure({ operation: "preview", hosts });
  for (const { cpuSeconds, peakMegabytes } of [measurement.engine, measurement.program])
    assert.ok(cpuSeconds > 0 && peakMegabytes > 10, "both processes are measured");
  const byHost = new Map<string, Step[]>();
  for (const event of run.events) {
    const step = event.resourcePreEvent === undefined ? undefined : stepOf(event);
    const host = /^g\d{4}(-aws|-linode)?-\d+(?=-|$)/.exec(step?.name ?? "")?.[0];
    if (step === undefined || host === undefined) continue;
    byHost.set(host, [...(byHost.get(host) ?? []), step]);
  }
  assert.equal(byHost.size, hosts);
  return byHost;
}

const isOwn = ({ type }: Step): boolean => /^(aws|linode):/.test(type);

/** Bytes of all inputs of a host's resources, as a preview shows them, on average. */
function bytesOf(byHost: ReadonlyMap<string, Step[]>): number {
  const sizes = [...byHost.values()]
    .flat()
    .map(({ metadata }) => JSON.stringify(metadata.new?.inputs ?? {}).length);
  return sizes.reduce((sum, size) => sum + size, 0) / byHost.size;
}

describe("bench/preview", () => {
  test("makes the same stack from the same size, and refuses one too small for its groups", () => {
    assert.deepEqual(stackOf(60), stackOf(60));
    assert.throws(() => stackOf(40), /40 hosts are too few: at least 50/);
  });

  test("a host adds four resources at most, and as much text in a large stack as in a small one", async () => {
    const [small, large] = [await registered(50), await registered(100)];
    for (const [host, steps] of [...small, ...large]) {
      const names = steps.filter((step) => !isOwn(step)).map(({ name }) => name);
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

  test("compares each preview with the one of the same stack by another commit's program", () => {
    const one = (commit: string | undefined, seconds: number, peakMegabytes: number): Measurement => ({
      ...{ operation: "preview", hosts: 50, commit, seconds, resources: 1 },
      engine: { cpuSeconds: 1, peakMegabytes: 50 },
      program: { cpuSeconds: seconds, peakMegabytes },
    });
    assert.deepEqual(comparisons([one(undefined, 2, 100), one("abc", 5, 400)]), [
      { commit: "abc", hosts: 50, wall: 0.4, cpu: 0.5, program: 0.25, both: 150 / 450 },
    ]);
  });
});
