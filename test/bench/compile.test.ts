import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { findAerleon } from "../../bench/aerleon";
import { aerleonCase, palisadeCase } from "../../bench/compile/cases";
import { generateFleet, type FleetSize } from "../../bench/compile/fleet";
import { STACK } from "../../bench/compile/palisade-input";
import { ratio, type Measured } from "../../bench/compile/report";
import { compareOutputs } from "../../bench/compile/same";
import { measure, median } from "../../bench/measure";
import { formatProblem } from "../../compiler/problem";
import { readStack } from "../../compiler/read";
import { TODAY } from "../compiler/support/sample";

const SIZE: FleetSize = { hosts: 50, groups: 10 };
const scratch = mkdtempSync(join(tmpdir(), "palisade-bench-test-"));
after(() => rmSync(scratch, { recursive: true }));

describe("bench/compile", () => {
  const ours = palisadeCase("palisade", SIZE, scratch);

  test("makes the same fleet from the same size, as large as it was asked for", () => {
    const fleet = generateFleet(SIZE);
    assert.deepEqual(generateFleet(SIZE), fleet);
    assert.equal(fleet.length, 10);
    const hosts = fleet.flatMap((group) => group.hosts);
    assert.equal(hosts.length, 50);
    for (const field of ["name", "ipv4", "ipv6"] as const) {
      assert.equal(new Set(hosts.map((host) => host[field])).size, 50);
    }
    for (const { name, services } of fleet) {
      const sources = services.flatMap(({ from }) => from);
      assert.equal(services.length, 3);
      assert.equal(new Set([...sources, name]).size, 7);
    }
    assert.throws(() => generateFleet({ hosts: 50, groups: 6 }), /6 groups are too few/);
  });

  test("its policy is right, and warns of nothing", () => {
    const checked = readStack(ours.folder, STACK, TODAY);
    assert.deepEqual(checked.problems.map(formatProblem), []);
    assert.ok(checked.ok);
    const hosts = [...checked.value.model.hosts.values()];
    // The six groups after it, which it lets in, and the six before, which let it in: all nine others, of five hosts.
    assert.deepEqual([...new Set(hosts.map((host) => host.peers.length))], [45]);
    assert.deepEqual([...new Set(hosts.map((host) => host.accepts.length))], [3]);
  });

  test("measures a run of the real command, which writes three files a host", () => {
    const cost = measure(ours.command, ours.folder);
    assert.ok(cost.wall > 0 && cost.cpu > 0 && cost.peakKiB > 10_000);
    assert.equal(readdirSync(ours.out).length, 50);
    assert.deepEqual(readdirSync(join(ours.out, "g0000-1")).sort(), [
      "accounts.txt",
      "firewall.txt",
      "ipsec.txt",
    ]);
  });

  test("says why, where a command fails", () => {
    assert.throws(
      () => measure(["/bin/sh", "-c", "echo no such thing >&2; exit 3"], scratch),
      /no such thing/,
    );
  });

  const aclgen = findAerleon();
  const missing = "Aerleon is not in bench/.venv; `npm run bench:compile -- --small` installs it";
  for (const granularity of ["host", "group"] as const) {
    test(
      `both sides open the same ports to the same addresses: a filter for each ${granularity}`,
      { skip: aclgen === undefined ? missing : false },
      () => {
        const theirs = aerleonCase(aclgen ?? "", SIZE, granularity, scratch, 1);
        measure(theirs.command, theirs.folder);
        const fleet = generateFleet(SIZE);
        assert.deepEqual(compareOutputs(fleet, ours.out, theirs.out, granularity), []);
        const [first, ...rest] = fleet;
        assert.ok(first !== undefined);
        const swapped = [{ ...first, hosts: rest[0]?.hosts ?? [], name: first.name }, ...rest];
        if (granularity === "group") {
          assert.match(compareOutputs(swapped, ours.out, theirs.out, granularity)[0] ?? "", /^g0001-1: only/);
        }
      },
    );
  }

  test("a ratio is the median over rounds, against the fastest of the others in each", () => {
    const costs = (...walls: number[]): Measured => ({
      name: "",
      what: "",
      hosts: 1,
      files: 0,
      bytes: 0,
      runs: walls.map((wall) => ({ wall, cpu: 2 * wall, peakKiB: 1 })),
    });
    const found = ratio("", costs(2, 3, 40), [costs(1, 6, 10), costs(4, 1, 20)]);
    assert.deepEqual([found.wall, found.cpu], [3, 3]);
    assert.equal(median([1, 2, 9, 4]), 3);
  });
});
