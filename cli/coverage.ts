import Table from "cli-table3";
import { coverageSummary, type Coverage } from "../compiler/check/coverage";
import { coloursFor } from "./output";

/** The rules that no test would miss, as a table, and how many of all they are. */
export function printCoverage(coverage: Coverage): void {
  const { bold, green, yellow } = coloursFor(process.stdout);
  const { missed } = coverage;
  if (missed.length > 0) {
    const table = new Table({
      head: ["missed by no test", "gives", "written at"].map((text) => bold(text)),
      style: { head: [], border: [], compact: true },
    });
    for (const { path, gives, file, line, column } of missed) {
      table.push([path, gives, [file, line, column].filter((part) => part !== undefined).join(":")]);
    }
    process.stdout.write(`${table.toString()}\n`);
  }
  const paint = missed.length > 0 ? yellow : green;
  process.stdout.write(`${paint(coverageSummary(coverage))}\n`);
}
