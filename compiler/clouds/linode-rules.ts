import type { Accept } from "../model";
import type { Family } from "../validate/cidr";
import { LINODE_LIMITS } from "./linode-limits";
import { mergeOpenings, portsText, type Opening } from "./openings";
import { linodeLabel } from "./linode-labels";

/** A peer in one of the families over which it is reached; its address may be known only when it exists. */
export interface PeerSource {
  host: string;
  family: Family;
}

/** Where a rule lets traffic in from: ranges that are known, or peers. */
export type CloudSources =
  { kind: "ranges"; ranges: readonly string[] } | { kind: "peers"; peers: readonly PeerSource[] };

/** One inbound rule of a Cloud Firewall. Rules are applied in order, the first that matches decides. */
export interface CloudRule {
  label: string;
  /** For a person who reads it in Linode's console. */
  description: string;
  action: "ACCEPT" | "DROP";
  protocol: "TCP" | "UDP";
  /** As Linode writes them, such as `80, 443` or `8000-8010`; absent for all. */
  ports?: string;
  sources: CloudSources;
}

/** What a firewall has to let in. */
export interface Inbound {
  /** From where the deployer's SSH always works. */
  failsafe: readonly string[];
  accepts: readonly Accept[];
  peers: readonly PeerSource[];
}

const MOST = LINODE_LIMITS.addressesOfRule.limit;

/**
 * The inbound rules for a policy of ACCEPT. Linode can't name ESP, so a policy of DROP would drop it: these let in what
 * is let in of TCP and UDP, then drop the rest of both. All other protocols are left to the host's own firewall.
 */
export function linodeRules({ failsafe, accepts, peers }: Inbound): CloudRule[] {
  return [...failsafeRules(failsafe), ...serviceRules(accepts), ...ikeRules(peers), ...dropRules()];
}

function failsafeRules(ranges: readonly string[]): CloudRule[] {
  return chunks(ranges, MOST).map((part, index) => ({
    label: numbered("failsafe-ssh", index),
    description: "the deployer's SSH (palisade:failsafe)",
    action: "ACCEPT",
    protocol: "TCP",
    ports: "22",
    sources: { kind: "ranges", ranges: part },
  }));
}

/** As few rules as it takes: ports that the same ranges reach share one. */
function serviceRules(accepts: readonly Accept[]): CloudRule[] {
  return mergeOpenings(accepts.flatMap(openingsOf)).flatMap(({ protocol, ports, services, ranges }) => {
    const parts = portChunks(ports).map(portsText);
    return parts.flatMap((text) =>
      chunks(ranges, MOST).map((part, index): CloudRule => ({
        label: numbered(ruleLabel(`${protocol}-${text.replaceAll(", ", "-")}`), index),
        description: services.join(" ").slice(0, LINODE_LIMITS.ruleDescriptionLongest.limit),
        action: "ACCEPT",
        protocol,
        ports: text,
        sources: { kind: "ranges", ranges: part },
      })),
    );
  });
}

/** What a service opens to networks. From servers it comes as ESP, and ICMP passes anyway. */
function openingsOf({ group, service, ports, origins }: Accept): Opening[] {
  const ranges = origins.flatMap((origin) =>
    origin.kind === "network" ? [...origin.network.ipv4, ...origin.network.ipv6] : [],
  );
  if (ranges.length === 0) return [];
  return ports.flatMap((port): Opening[] => {
    if (port.protocol === "icmp") return [];
    const protocol = port.protocol === "tcp" ? "TCP" : "UDP";
    return [{ protocol, first: port.first, last: port.last, service: `${group}.${service}`, ranges }];
  });
}

function ikeRules(peers: readonly PeerSource[]): CloudRule[] {
  return chunks(peers, MOST).map((part, index) => ({
    label: numbered("ike", index),
    description: "IKE, and ESP through NAT, from peers",
    action: "ACCEPT",
    protocol: "UDP",
    ports: "500, 4500",
    sources: { kind: "peers", peers: part },
  }));
}

function dropRules(): CloudRule[] {
  return (["TCP", "UDP"] as const).map((protocol) => ({
    label: `drop-${protocol.toLowerCase()}`,
    description: `all other ${protocol}; ESP and ICMP are left to the host`,
    action: "DROP",
    protocol,
    sources: { kind: "ranges", ranges: ["0.0.0.0/0", "::/0"] },
  }));
}

function ruleLabel(text: string): string {
  // Room for the number that tells the parts of a long list apart.
  return linodeLabel(text.toLowerCase(), LINODE_LIMITS.ruleLabelLongest.limit - "-99".length);
}

function numbered(label: string, index: number): string {
  return index === 0 ? label : `${label}-${index + 1}`;
}

function chunks<T>(list: readonly T[], most: number): T[][] {
  const count = Math.ceil(list.length / most);
  return Array.from({ length: count }, (_, index) => list.slice(index * most, (index + 1) * most));
}

/** A range of ports counts twice. */
function portChunks(ports: readonly { first: number; last: number }[]): { first: number; last: number }[][] {
  const parts: { first: number; last: number }[][] = [];
  let pieces = Infinity;
  for (const port of ports) {
    const own = port.first === port.last ? 1 : 2;
    if (pieces + own > LINODE_LIMITS.portPiecesOfRule.limit) {
      parts.push([]);
      pieces = 0;
    }
    parts.at(-1)?.push(port);
    pieces += own;
  }
  return parts;
}
