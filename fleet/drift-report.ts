import Table from "cli-table3";
import { plural } from "../compiler/text";
import type { HostDrift } from "./drift";

/** Whether every host answered, and is as it was pushed. */
export function isAsPushed(hosts: readonly HostDrift[]): boolean {
  return hosts.every(({ state }) => state === "as pushed");
}

/** What a person reads: a line for each thing that was found, and the counts. */
export function driftText(hosts: readonly HostDrift[]): string {
  const rows = hosts.flatMap((one) => {
    if (one.state === "drifted") return one.findings.map(({ facet, what }) => [one.host, facet, what]);
    return one.state === "unknown" ? [[one.host, "", `UNKNOWN: ${one.reason}`]] : [];
  });
  const table = new Table({
    style: { head: [], border: [], compact: true },
    head: ["host", "facet", "not as it was pushed"],
  });
  table.push(...rows);
  const count = (state: HostDrift["state"]) => hosts.filter((one) => one.state === state).length;
  const counts = [
    `${count("as pushed")} of ${plural(hosts.length, "host")} as pushed`,
    ...(count("drifted") > 0 ? [`${count("drifted")} drifted`] : []),
    ...(count("unknown") > 0 ? [`${count("unknown")} not known`] : []),
  ];
  return `${rows.length === 0 ? "" : `${table.toString()}\n`}${counts.join(", ")}.\n`;
}
