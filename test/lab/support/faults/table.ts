import Table from "cli-table3";
import type { Row } from "./fault";

/** What was seen of all faults, for a terminal. */
export function faultTable(rows: readonly Row[]): string {
  const table = new Table({
    head: ["fault", "promised within", "recovered", "packets lost", "packets in clear"],
    style: { head: [], border: [], compact: true },
  });
  for (const { fault, within, recovered, lost, clear } of rows)
    table.push([fault, `${within} s`, `${recovered.toFixed(1)} s`, lost, clear]);
  return table.toString();
}
