import assert from "node:assert/strict";
import Table from "cli-table3";
import { createColors } from "picocolors";
import { describe, test } from "node:test";
import { flowTable } from "../../cli/flow-table";
import { Progress } from "../../cli/progress";
import type { Flow } from "../../compiler/model";
import { stack } from "../compiler/support/cases";
import { palisade, project } from "./support/project";

const flow = (index: number): Flow => ({
  from: `web-${index}`,
  to: "db-1",
  service: "db.postgres",
  port: "5432/tcp",
  ipsec: index % 2 === 0,
});

function* manyFlows(count: number): Generator<Flow> {
  for (let index = 0; index < count; index++) yield flow(index);
}

/** The same table, drawn by the library that draws its frame. */
function drawn(count: number, { bold, green }: ReturnType<typeof createColors>): string {
  const table = new Table({
    head: ["from", "to", "service", "port", "through"].map((text) => bold(text)),
    style: { head: [], border: [], compact: true },
  });
  for (const { from, to, service, port, ipsec } of manyFlows(count)) {
    table.push([from, to, service, port, ipsec ? green("IPsec") : "clear"]);
  }
  return `${table.toString()}\n${count === 1 ? "1 flow" : `${count} flows`}\n`;
}

describe("the table of flows", () => {
  for (const colours of [createColors(false), createColors(true)]) {
    for (const count of [0, 1, 12]) {
      test(`of ${count} rows looks as the library draws it${colours.isColorSupported ? ", in colour" : ""}`, () => {
        assert.equal([...flowTable(() => manyFlows(count), colours)].join(""), drawn(count, colours));
      });
    }
  }

  test("is written as its rows come, however many there are", () => {
    let given = 0;
    function* counted() {
      for (const one of manyFlows(200_000)) {
        given++;
        yield one;
      }
    }
    let [lines, ahead] = [0, 0];
    for (const line of flowTable(counted, createColors(false))) {
      lines++;
      if (line.startsWith("│ web")) ahead = Math.max(ahead, given - 200_000 - (lines - 3));
    }
    assert.equal(lines, 3 + 200_000 + 2);
    assert.equal(ahead, 0);
  });
});

describe("progress", () => {
  function shownOf(isTTY: boolean, times: readonly number[]): string[] {
    const shown: string[] = [];
    let time = 0;
    const progress = new Progress(
      "hosts rendered",
      4000,
      { isTTY, write: (text) => shown.push(text) },
      () => time,
    );
    for (time of times) progress.step();
    progress.done();
    return shown;
  }

  test("is shown on a terminal after two seconds, ten times a second at most, and erased in the end", () => {
    const erase = "\r\x1b[K";
    assert.deepEqual(shownOf(true, [10, 1999, 2000, 2050, 2100]), [
      `${erase}3 of 4,000 hosts rendered`,
      `${erase}5 of 4,000 hosts rendered`,
      erase,
    ]);
  });

  test("is not shown of what is done sooner, or where there is no terminal", () => {
    assert.deepEqual(shownOf(true, [10, 1999]), []);
    assert.deepEqual(shownOf(false, [10, 1999, 2500, 9000]), []);
  });
});

test("render names no more than twelve of the hosts whose addresses only a cloud knows", () => {
  const many = project(
    stack("count: 2", "count: 11"),
    stack("groups: [bastion]", "groups: [bastion], public: true"),
  );
  const { status, stderr } = palisade(many, "render", "--stack", "dev", "--out", "out");
  assert.equal(status, 0);
  assert.match(stderr, /addresses of (\S+, ){11}\S+ and \d+ more; those written are placeholders/);
});
