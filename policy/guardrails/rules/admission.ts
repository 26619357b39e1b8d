/** What a firewall lets in, whoever's firewall it is: the form in which the rules judge it. */
import ipaddr from "ipaddr.js";

export interface Admission {
  /** What the resource calls it, such as `ingress[2]`. */
  where: string;
  /** `tcp`, `udp`, `icmp`, `all` or another protocol's name or number. */
  protocol: string;
  /** Both inclusive; undefined where the protocol has none, or all are admitted. */
  ports: { first: number; last: number } | undefined;
  /** The sources that are known, as CIDR blocks. */
  sources: string[];
}

export const ANYWHERE = ["0.0.0.0/0", "::/0"];

/** The shortest prefixes that one organisation may hold; a wider block is as good as the whole internet. */
const WIDEST = { ipv4: 8, ipv6: 16 };
/** Private by definition, however wide: fc00::/7 (RFC 4193) and fe80::/10 (RFC 4291). */
const PRIVATE_RANGES = ["uniqueLocal", "linkLocal"];

function isAnywhere(block: string): boolean {
  if (!ipaddr.isValidCIDR(block)) return false;
  const [address, prefix] = ipaddr.parseCIDR(block);
  if (address.kind() === "ipv4") return prefix < WIDEST.ipv4;
  return prefix < WIDEST.ipv6 && !(prefix >= 7 && PRIVATE_RANGES.includes(address.range()));
}

/** The source through which anyone gets in; undefined where nobody unknown does. */
export function openSource({ sources }: Admission): string | undefined {
  return sources.find(isAnywhere);
}

/** How many ports are admitted; Infinity for all of them, 0 for a protocol that has none. */
export function portCount({ protocol, ports }: Admission): number {
  if (protocol === "all") return Infinity;
  if (protocol !== "tcp" && protocol !== "udp") return 0;
  return ports === undefined ? Infinity : ports.last - ports.first + 1;
}

export function admits(admission: Admission, port: number): boolean {
  if (admission.protocol !== "tcp" && admission.protocol !== "all") return false;
  const { ports } = admission;
  return ports === undefined || (ports.first <= port && port <= ports.last);
}

const PROTOCOLS: Record<string, string> = {
  ...{ "-1": "all", "1": "icmp", "6": "tcp", "17": "udp" },
  ...{ "50": "esp", "51": "ah" },
};

/** IKE, and IKE with ESP through NAT. */
const IPSEC_PORTS = [500, 4500];

/** Whether IPsec's own packets are admitted: IKE, ESP or AH (not what comes out of them). */
export function admitsIpsec({ protocol, ports }: Admission): boolean {
  if (protocol === "esp" || protocol === "ah" || protocol === "all") return true;
  if (protocol !== "udp") return false;
  return ports === undefined || IPSEC_PORTS.some((port) => ports.first <= port && port <= ports.last);
}

/** One name for a protocol, which clouds and iptables write in several ways. */
export function protocolName(name: string): string {
  const lower = name.toLowerCase();
  return PROTOCOLS[lower] ?? lower;
}
