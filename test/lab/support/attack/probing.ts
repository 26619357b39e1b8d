import { uniqBy } from "lodash";
import { probesBetweenHosts, type Probe, type Site } from "../../../../lab/verify/expectation";
import { attempt, type Outcome, type Place } from "../../../../lab/verify/verify";

/** Ports that no service of the sample names, and on which nothing listens: what gets through is refused. */
const OTHERS = [
  ...[1, 25, 111, 2049, 3306, 5433, 6443, 8081, 65535].map((port) => ({ protocol: "tcp" as const, port })),
  ...[1, 53, 123, 161, 5432].map((port) => ({ protocol: "udp" as const, port })),
];

/** Times that something allowed is tried: the first packets to a peer are lost while the link comes up. */
const ATTEMPTS = 4;

/** Everything that a host may try with the others of its environment. */
export function probesFrom(host: string, site: Site): Probe[] {
  return [...probesBetweenHosts(site, site)].filter(({ from }) => from === host);
}

/** Ports besides those that the policy names, of all these hosts. */
export function otherPorts(from: string, site: Site): Probe[] {
  return probesTo(from, site, OTHERS);
}

/** Ports of all these hosts, in both families. */
export function probesTo(
  from: string,
  { book }: Site,
  ports: readonly Pick<Probe, "protocol" | "port">[],
): Probe[] {
  const unique = uniqBy(ports, ({ protocol, port }) => `${protocol} ${port}`);
  return [...book].flatMap(([to, { ipv4, ipv6 }]) =>
    [ipv4?.address, ipv6].flatMap((address) => {
      if (address === undefined || to === from) return [];
      const family = address.includes(":") ? 6 : 4;
      return unique.map(({ protocol, port }): Probe => ({
        ...{ from, to, address, family, protocol, port },
        ...{ expected: "denied", encrypted: false },
      }));
    }),
  );
}

/** The same, and none of them is to get through. */
export function forbidden(probes: readonly Probe[]): Probe[] {
  return probes.map((probe) => ({ ...probe, expected: "denied", encrypted: false }));
}

/** Makes all attempts and says which came out otherwise than they should: denied ones have to meet silence. */
export async function surprises(places: Map<string, Place>, probes: Probe[]): Promise<string[]> {
  const outcomes = await attempt(places, probes);
  const isRight = (probe: Probe) =>
    (outcomes.get(probe) ?? "silent") === "silent"
      ? probe.expected === "denied"
      : probe.expected === "allowed";
  for (let tried = 1; tried < ATTEMPTS; tried += 1) {
    const unlucky = probes.filter((probe) => probe.expected === "allowed" && !isRight(probe));
    if (unlucky.length === 0) break;
    for (const [probe, outcome] of await attempt(places, unlucky)) outcomes.set(probe, outcome);
  }
  return probes.filter((probe) => !isRight(probe)).map((probe) => describe(probe, outcomes.get(probe)));
}

function describe(probe: Probe, outcome: Outcome = "silent"): string {
  const { from, source = "its own address", to, address, port, protocol, expected } = probe;
  return `${from} (${source}) to ${to} ${address} ${port}/${protocol}: ${outcome}, and should be ${expected}`;
}
