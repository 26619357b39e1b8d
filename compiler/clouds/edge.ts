import type { FleetModel, GroupModel, PolicyPath, Port } from "../model";
import type { Family } from "../validate/cidr";

/**
 * What a cloud's firewall lets through to the hosts of a group, decided once for all clouds: it stands in front of the
 * hosts' own firewalls and must not be narrower than they are. What hosts accept from each other comes through IPsec, so
 * of the flows between groups only IKE and ESP are to be seen there.
 */

/** Both ends inclusive. An ICMP type is that of its family; without one it is any. */
export type EdgeTraffic =
  | { protocol: "tcp" | "udp"; first: number; last: number }
  | { protocol: "esp" }
  | { protocol: "icmp"; family: Family; type?: number };

/** Lets traffic through that comes from a network. */
export interface EdgeRule {
  traffic: EdgeTraffic;
  /** CIDR block, canonical. */
  source: string;
  /** Why, such as the path of the policy. */
  reason: PolicyPath;
}

/** IKE and ESP, also through NAT (RFC 7296 section 2.23): what a peer sends. */
export const IPSEC: readonly EdgeTraffic[] = [
  { protocol: "udp", first: 500, last: 500 },
  { protocol: "udp", first: 4500, last: 4500 },
  { protocol: "esp" },
];

const EVERYWHERE: Record<Family, string> = { ipv4: "0.0.0.0/0", ipv6: "::/0" };

/**
 * Errors, path MTU among them, as a host's firewall takes them. Neighbour discovery is the link's own business, which
 * passes no cloud's firewall.
 */
const ICMP_ERRORS: Record<Family, Record<number, string>> = {
  ipv4: { 3: "unreachable, path MTU", 11: "time exceeded", 12: "parameter problem" },
  ipv6: { 1: "unreachable", 2: "path MTU", 3: "time exceeded", 4: "parameter problem" },
};

/** What every host accepts, an isolated one too: the deployer's SSH, and errors of the connections there are. */
export function baseRules({ failsafe }: Pick<FleetModel, "failsafe">): EdgeRule[] {
  const families: readonly Family[] = ["ipv4", "ipv6"];
  return [
    ...failsafe.map((source): EdgeRule => {
      return { traffic: { protocol: "tcp", first: 22, last: 22 }, source, reason: "palisade:failsafe" };
    }),
    ...families.flatMap((family) =>
      Object.entries(ICMP_ERRORS[family]).map(([type, reason]): EdgeRule => {
        return {
          traffic: { protocol: "icmp", family, type: Number(type) },
          source: EVERYWHERE[family],
          reason,
        };
      }),
    ),
  ];
}

/** What hosts accept from networks because they are in this group, each once. */
export function serviceRules(group: Pick<GroupModel, "accepts">): EdgeRule[] {
  const rules = group.accepts.flatMap((accept) =>
    accept.origins.flatMap((origin) =>
      origin.kind === "group"
        ? []
        : (["ipv4", "ipv6"] as const).flatMap((family) =>
            origin.network[family].flatMap((source) =>
              accept.ports.map((port): EdgeRule => ({
                traffic: trafficOf(port, family),
                source,
                reason: origin.path,
              })),
            ),
          ),
    ),
  );
  return distinct(rules);
}

/** The rules without those that say what another one said before: clouds refuse the same rule twice. */
export function distinct(rules: readonly EdgeRule[]): EdgeRule[] {
  const first = new Map<string, EdgeRule>();
  for (const rule of rules) {
    const key = `${trafficText(rule.traffic)} ${rule.source}`;
    if (!first.has(key)) first.set(key, rule);
  }
  return [...first.values()];
}

function trafficOf(port: Port, family: Family): EdgeTraffic {
  return port.protocol === "icmp" ? { protocol: "icmp", family } : port;
}

/** Such as `tcp-443`, `udp-8000-8010`, `esp`, `icmp`, `icmpv6-2`: letters of which any name can be made. */
export function trafficText(traffic: EdgeTraffic): string {
  switch (traffic.protocol) {
    case "tcp":
    case "udp": {
      const { protocol, first, last } = traffic;
      return first === last ? `${protocol}-${first}` : `${protocol}-${first}-${last}`;
    }
    case "esp":
      return "esp";
    case "icmp": {
      const name = traffic.family === "ipv4" ? "icmp" : "icmpv6";
      return traffic.type === undefined ? name : `${name}-${traffic.type}`;
    }
    default: {
      const exhaustive: never = traffic;
      return exhaustive;
    }
  }
}
