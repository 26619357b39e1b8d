import Table from "cli-table3";
import { stripVTControlCharacters } from "node:util";
import type { Flow } from "../compiler/model";
import { plural } from "../compiler/text";
import type { RuleFlow } from "../map/graph";
import { placeText } from "../map/words";
import type { coloursFor } from "./output";

/** A space on either side of a cell. */
const PADDING = 2;

type Colours = ReturnType<typeof coloursFor>;

/** Flows by host, and how many there are; `flows` is asked for them twice, so that they are never held. */
export function flowTable(flows: () => Iterable<Flow>, colours: Colours): Iterable<string> {
  function* rows() {
    for (const { from, to, service, port, ipsec } of flows()) {
      yield [from, to, service, port, through(ipsec, colours)];
    }
  }
  return table(["from", "to", "service", "port", "through"], rows, "flow", colours);
}

/** Flows by group: the rules behind them, with where each is written and how many hosts it joins. */
export function ruleTable(rules: readonly RuleFlow[], colours: Colours): Iterable<string> {
  const rows = rules.map((rule) => {
    const { from, to, service, ports, ipsec, path, hosts } = rule;
    const counts = ipsec ? `${hosts.from.length} → ${hosts.to.length}` : `${hosts.to.length}`;
    return [from, to, service, ports.join(" "), through(ipsec, colours), counts, path, placeText(rule)];
  });
  const head = ["from", "to", "service", "ports", "through", "hosts", "rule", "written in"];
  return table(head, () => rows, "rule", colours);
}

function through(ipsec: boolean, { green }: Colours): string {
  return ipsec ? green("IPsec") : "clear";
}

/** A table in pieces, a line each: the first reading of the rows is for their widths, the second for their text. */
function* table(
  head: readonly string[],
  rows: () => Iterable<readonly string[]>,
  noun: string,
  { bold }: Colours,
): Generator<string> {
  const widths = head.map(widthOf);
  let count = 0;
  for (const row of rows()) {
    count++;
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, widthOf(cell))));
  }
  const frame = frameOf(
    head.map((text) => bold(text)),
    widths,
    count > 0,
  );
  yield* frame.slice(0, -1);
  for (const row of rows()) {
    const cells = row.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - widthOf(cell)));
    yield `│ ${cells.join(" │ ")} │\n`;
  }
  yield* frame.slice(-1);
  yield `${plural(count, noun)}\n`;
}

/** What stands around the rows, as lines: laying out each row as well would take minutes for a large fleet. */
function frameOf(head: readonly string[], widths: readonly number[], hasRows: boolean): string[] {
  const drawn = new Table({
    head: [...head],
    colWidths: widths.map((width) => width + PADDING),
    style: { head: [], border: [], compact: true },
  });
  if (hasRows) drawn.push(widths.map(() => ""));
  const lines = drawn
    .toString()
    .split("\n")
    .map((line) => `${line}\n`);
  if (hasRows) lines.splice(-2, 1);
  return lines;
}

/** Columns of a terminal that a text takes. */
function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
