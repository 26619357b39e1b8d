import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Granularity } from "./aerleon-input";
import type { BenchGroup } from "./fleet";

/** What a filter lets in, one text for each port and address: `tcp 8000:8010 from 198.18.0.4`. */
type Admitted = ReadonlySet<string>;

/**
 * Compares what both sides wrote, host by host: the same ports open to the same addresses, in both families.
 * @returns the first differences, as text; none if all hosts' filters mean the same
 */
export function compareOutputs(
  fleet: readonly BenchGroup[],
  palisade: string,
  aerleon: string,
  granularity: Granularity,
): string[] {
  return fleet.flatMap((group) =>
    group.hosts.flatMap((host) => {
      const ours = admittedByPalisade(readFileSync(join(palisade, host.name, "firewall.txt"), "utf8"));
      const file = granularity === "host" ? host.name : group.name;
      const theirs = admittedByAerleon(readFileSync(join(aerleon, file), "utf8"));
      if (ours.size === 0) return [`${host.name}: nothing is let in`];
      return [
        ...minus(ours, theirs).map((flow) => `${host.name}: only Palisade lets in ${flow}`),
        ...minus(theirs, ours).map((flow) => `${host.name}: only Aerleon lets in ${flow}`),
      ];
    }),
  );
}

function minus(a: Admitted, b: Admitted): string[] {
  return [...a].filter((flow) => !b.has(flow));
}

/** A port leads into a service's chain, whose rules name ipset sets. */
function admittedByPalisade(text: string): Admitted {
  const sets = new Map<string, string[]>();
  for (const [, name = "", address = ""] of text.matchAll(/^add (\S+) (\S+)$/gm)) {
    const known = sets.get(name);
    if (known === undefined) sets.set(name, [address]);
    else known.push(address);
  }
  const ports = new Map<string, string>();
  for (const [, protocol, port, chain = ""] of text.matchAll(
    /^-A PALISADE-IN -p (tcp|udp) -m \1 --dport (\S+) -m comment .* -j (\S+\.\S+)$/gm,
  )) {
    ports.set(chain, `${protocol} ${port}`);
  }
  const admitted = new Set<string>();
  for (const [, chain = "", set = ""] of text.matchAll(
    /^-A (\S+\.\S+) -m set --match-set (\S+) src .* -j ACCEPT$/gm,
  )) {
    for (const address of sets.get(set) ?? []) admitted.add(`${ports.get(chain)} from ${address}`);
  }
  return admitted;
}

/** A rule for each address. */
function admittedByAerleon(text: string): Admitted {
  const rules = text.matchAll(/^-A \S+ -p (tcp|udp) --dport (\S+) -s (\S+)\/(?:32|128) .* -j ACCEPT$/gm);
  return new Set([...rules].map(([, protocol, port, address]) => `${protocol} ${port} from ${address}`));
}
