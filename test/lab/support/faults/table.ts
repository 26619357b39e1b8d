import Table from "cli-table3";
import type { Row } from "./fault";

/** What was seen of all faults, for a terminal. */
export function faultTable(rows: readonly Row[]): string {
  const table = new Table({
    head: ["fault", "promised", "within", "recovered", "packets lost", "in clear"],
    colWidths: [50, 50],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const { fault, promise, within, recovered, lost, clear } of rows)
    table.push([fault, promise, `${within} s`, `${recovered.toFixed(1)} s`, lost, clear]);
  return table.toString();
}
