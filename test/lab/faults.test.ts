import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { reject } from "lodash";
import { faultTable } from "./support/faults/table";
import { ownJson } from "../../lab/deploy/own-data";
import { FAULTS, SCENARIOS, type Scenario } from "./support/faults";
import type { Fault, Row } from "./support/faults/fault";
import { World } from "./support/faults/world";
import { cannotRunLab } from "./support/test-lab";

const wanted = process.env["PALISADE_FAULTS"] ?? "quick";
/** Where the rows go, for the figures in docs/. */
const output = process.env["PALISADE_FAULTS_FILE"];

/** `all`, `quick`, or parts of faults' names, with commas between them. */
const isWanted = (fault: Fault): boolean =>
  wanted === "all" ||
  (wanted === "quick" ? fault.quick === true : wanted.split(",").some((part) => fault.name.includes(part)));

/** What was seen now, and of the faults that were not played now what was seen last. */
function merged(rows: readonly Row[]): Row[] {
  const earlier =
    output !== undefined && existsSync(output) ? ownJson<Row[]>(readFileSync(output, "utf8")) : [];
  return FAULTS.flatMap(({ name }) => [...rows, ...earlier].find(({ fault }) => fault === name) ?? []);
}

const rows: Row[] = [];

/** What goes wrong on hosts and between them, while traffic runs and all of it is watched. */
function playAll({ name, size }: Scenario, faults: readonly Fault[]): void {
  describe(name, { skip: cannotRunLab }, () => {
    let world: World;

    before(async () => {
      world = await World.build(size);
    });
    after(() => world.end());

    for (const fault of faults) {
      const { promise, within } = fault;
      test(fault.name, async () => {
        const before = world.inClear();
        const { recovered, lost } = await fault.play(world);
        const row = { fault: fault.name, promise, within, recovered, lost, clear: world.inClear() - before };
        rows.push(row);
        assert.ok(recovered <= within, `${recovered.toFixed(1)} s, and ${within} s are promised`);
        assert.equal(row.clear, 0, "packets in clear");
      });
    }

    test("what crosses the network was seen", () => assert.ok(world.sshInClear("app-1") > 0));
  });
}

describe("faults", () => {
  for (const scenario of SCENARIOS) {
    const faults = scenario.faults.filter(isWanted);
    if (faults.length > 0) playAll(scenario, faults);
  }

  after(() => {
    process.stderr.write(`\n${faultTable(rows)}\n`);
    if (output !== undefined) writeFileSync(output, `${JSON.stringify(merged(rows), null, 2)}\n`);
  });

  const others = reject(FAULTS, isWanted).length;
  const skip =
    others > 0 &&
    `SKIPPED: ${others} more faults were NOT played, as all of them take three quarters of an hour; make test-faults does`;
  test("all other faults", { skip }, () => undefined);
});
