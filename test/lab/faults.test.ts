import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { faultTable } from "./support/faults/table";
import { ownJson } from "../../lab/deploy/own-data";
import { FAULTS } from "./support/faults";
import type { Row } from "./support/faults/fault";
import { World } from "./support/faults/world";
import { cannotRunLab } from "./support/test-lab";

const wanted = process.env["PALISADE_FAULTS"] ?? "quick";
/** Where the rows go, for the figures in docs/. */
const output = process.env["PALISADE_FAULTS_FILE"];

/** `all`, `quick`, or parts of faults' names, with commas between them. */
const isWanted = (fault: (typeof FAULTS)[number]): boolean =>
  wanted === "all" ||
  (wanted === "quick" ? fault.quick === true : wanted.split(",").some((part) => fault.name.includes(part)));

/** What was seen now, and of the faults that were not played now what was seen last. */
function merged(rows: readonly Row[]): Row[] {
  const earlier =
    output !== undefined && existsSync(output) ? ownJson<Row[]>(readFileSync(output, "utf8")) : [];
  return FAULTS.flatMap(({ name }) => [...rows, ...earlier].find(({ fault }) => fault === name) ?? []);
}

/** What goes wrong on hosts and between them, while traffic runs and all of it is watched. */
describe("faults", { skip: cannotRunLab }, () => {
  let world: World;
  const rows: Row[] = [];

  before(async () => {
    world = await World.build();
  });
  after(async () => {
    await world.end();
    if (output !== undefined) writeFileSync(output, `${JSON.stringify(merged(rows), null, 2)}\n`);
  });

  const played = FAULTS.filter(isWanted);
  for (const fault of played) {
    const { name, promise, within } = fault;
    test(name, async () => {
      const before = world.inClear();
      const { recovered, lost } = await fault.play(world);
      const row = { fault: name, promise, within, recovered, lost, clear: world.inClear() - before };
      rows.push(row);
      assert.ok(recovered <= within, `${recovered.toFixed(1)} s, and ${within} s are promised`);
      assert.equal(row.clear, 0, "packets in clear");
    });
  }

  const others = FAULTS.length - played.length;
  const skip =
    others > 0 &&
    `SKIPPED: ${others} more faults were NOT played, as all of them take half an hour; make test-faults does`;
  test("all other faults", { skip }, () => undefined);

  test("what crosses the network was seen", (context) => {
    context.diagnostic(faultTable(rows));
    assert.ok(world.sshInClear("app-1") > 0);
  });
});
