import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BenchGroup, BenchService } from "./fleet";

/** Whether Aerleon makes a file for every host, or one for all hosts of a group, whose filters are the same. */
export type Granularity = "host" | "group";

/** Aerleon's words for the two families. */
const FAMILIES = ["inet", "inet6"] as const;

/**
 * Writes a fleet's inbound filters as Aerleon reads them: `def/` names the groups' addresses and the services' ports,
 * `pol/` has a policy with a filter of each family. Answers and services are let in, the rest is dropped: it has less
 * to write than Palisade, whose filters also say what is logged, what ICMP passes and who may deploy.
 */
export function writeAerleonProject(
  folder: string,
  fleet: readonly BenchGroup[],
  granularity: Granularity,
): void {
  for (const name of ["def", "policies/pol"]) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, "def", "NETWORK.net"), fleet.map(networkText).join(""));
  writeFileSync(join(folder, "def", "SERVICES.svc"), (fleet[0]?.services ?? []).map(serviceText).join(""));
  for (const group of fleet) {
    const text = policyText(group);
    const names = granularity === "group" ? [group.name] : group.hosts.map((host) => host.name);
    for (const name of names) writeFileSync(join(folder, "policies/pol", `${name}.pol`), text);
  }
}

function networkText({ name, hosts }: BenchGroup): string {
  const addresses = hosts.flatMap(({ ipv4, ipv6 }) => [`${ipv4}/32`, `${ipv6}/128`]);
  return `${name.toUpperCase()} = ${addresses.join("\n  ")}\n`;
}

function serviceText({ name, port }: BenchService): string {
  return `${name.toUpperCase()} = ${port}\n`;
}

function policyText(group: BenchGroup): string {
  return FAMILIES.map((family) => filterText(group, family)).join("\n");
}

function filterText({ services }: BenchGroup, family: (typeof FAMILIES)[number]): string {
  const terms = services.map(({ name, port, from }) =>
    term(name, [
      `source-address:: ${from.map((group) => group.toUpperCase()).join(" ")}`,
      `destination-port:: ${name.toUpperCase()}`,
      `protocol:: ${port.slice(port.indexOf("/") + 1)}`,
    ]),
  );
  return `header {
  target:: iptables INPUT DROP ${family}
}
${term("established", ["option:: established"])}${terms.join("")}`;
}

function term(name: string, fields: readonly string[]): string {
  const lines = [...fields, "action:: accept"].map((field) => `  ${field}\n`);
  return `term ${name} {\n${lines.join("")}}\n`;
}
