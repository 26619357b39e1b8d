import Table from "cli-table3";
import { deployedHosts } from "../deploy/deployed";
import { listHosts, openLab } from "../machine";
import { openSession } from "../deploy/session";

/** What runs in the lab for a stack. */
export function status(options: { stack: string; json: boolean }): number {
  const lab = openLab();
  const session = openSession(options.stack, lab.folder);
  const machines = new Map(listHosts(lab, session.name).map((machine) => [machine.name, machine]));
  const deployed = new Map((deployedHosts(session.files) ?? []).map((host) => [host.name, host]));
  const rows = [...session.model.hosts.values()].map(({ name, groups }) => ({
    host: name,
    groups: groups.filter((group) => group !== "all"),
    machine: machines.get(name)?.state ?? "not booted",
    ipv4: deployed.get(name)?.addresses.ipv4?.address,
    ipv6: deployed.get(name)?.addresses.ipv6,
  }));
  if (options.json) {
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  } else {
    const table = new Table({
      style: { head: [], border: [], compact: true },
      head: ["host", "groups", "machine", "IPv4", "IPv6"],
    });
    for (const row of rows)
      table.push([row.host, row.groups.join(" "), row.machine, row.ipv4 ?? "", row.ipv6 ?? ""]);
    process.stdout.write(`${table.toString()}\n`);
  }
  return rows.every(({ machine }) => machine === "running") ? 0 : 1;
}
