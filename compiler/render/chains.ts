import type { Accept, Origin, Port } from "../model";
import type { Family } from "../validate/cidr";
import { OUR_MARKS } from "./marks";
import { shorten } from "./names";
import { addressMatch, icmpProtocol, icmpType, logRule, markMatch, type Rule, type Side } from "./rules";
import { LINKS, type Sets } from "./sets";

/** All that comes in. */
export const INBOUND = "PALISADE-IN";
/** All that goes out, of an isolated host. */
export const OUTBOUND = "PALISADE-OUT";
/** What came in clear from an address of the fleet. */
export const CLEAR = "PALISADE-CLEAR";
/** What came through one peer's IPsec with another's address, or goes to it so. */
export const POSED = "PALISADE-POSED";

const ACCEPT = "ACCEPT";
const NEIGHBOUR_DISCOVERY = ["133", "134", "135", "136"] as const;

const LINK_LOCAL: Record<Family, string> = { ipv4: "169.254.0.0/16", ipv6: "fe80::/10" };

/** iptables takes 28 bytes. */
const LONGEST_CHAIN = 28;

export function loopbackRule(): Rule {
  return { chain: INBOUND, match: ["-i lo"], comment: "loopback", target: ACCEPT };
}

/**
 * What one peer's security association carries has to have that peer's address. charon itself does not see to it: it
 * lets an authenticated peer move to an address of its choice, another peer's too (RFC 7296, section 2.23; with MOBIKE
 * off it follows the source of an IKE packet), and has the kernel's selectors and policies follow. Hence the marks,
 * which its connections put on what they carry, and which a move leaves as they were. These rules stand before that
 * for connections there are: those to a peer whose place was taken are just what must not go on.
 */
export function linkedRules(family: Family, sets: Sets): Rule[] {
  const notLinked = (side: Side) => markMatch(sets.match(LINKS, family), side);
  return [
    {
      chain: INBOUND,
      match: ["-m policy --dir in --pol ipsec", notLinked("source")],
      comment: "one peer in the place of another",
      target: POSED,
    },
    {
      chain: "OUTPUT",
      match: [`-m mark --mark ${OUR_MARKS}`, notLinked("destination")],
      comment: "one peer in the place of another",
      target: POSED,
    },
    logRule(POSED, "palisade posed"),
    { chain: POSED, match: [], target: "DROP" },
  ];
}

/**
 * Answers to what this host opened. What others opened is asked at every packet whether it would be let
 * in now, so that a connection ends with the rule that allowed it.
 */
export function establishedRules(): Rule[] {
  return [
    {
      chain: INBOUND,
      match: ["-m conntrack --ctstate ESTABLISHED --ctdir REPLY"],
      comment: "answers to this host",
      target: ACCEPT,
    },
    {
      chain: INBOUND,
      match: ["-m conntrack --ctstate RELATED"],
      comment: "errors about connections there are",
      target: ACCEPT,
    },
  ];
}

/**
 * A server that goes on talking on a connection that tracking has forgotten (it forgets one whose packets are dropped)
 * would be taken for the one that opened it, by its first packet without SYN (nf_conntrack_tcp_loose,
 * nf_conntrack-sysctl.rst), and get answers. Clients have ports from 32768 on (ip_local_port_range, ip-sysctl.rst).
 */
export function forgottenRule(): Rule {
  return {
    chain: "OUTPUT",
    match: ["-p tcp -m tcp --sport 1:32767 ! --tcp-flags FIN,SYN,RST,ACK SYN", "-m conntrack --ctstate NEW"],
    comment: "services open no connections",
    target: "DROP",
  };
}

/**
 * ICMP errors, path MTU among them. They stand before what connection tracking finds invalid, as it does errors of
 * connections that it has lost sight of.
 */
export function errorRules(family: Family): Rule[] {
  // RFC 4890 section 4.3.1 for IPv6; the same for IPv4, where unreachable is left to RELATED save for path MTU.
  const types: Record<string, string> =
    family === "ipv4"
      ? { "3/4": "path MTU", "11": "time exceeded", "12": "parameter problem" }
      : { "1": "unreachable", "2": "path MTU", "3": "time exceeded", "4": "parameter problem" };
  return Object.entries(types).map(([type, comment]) => ({
    chain: INBOUND,
    match: [icmpType(family, type)],
    comment,
    target: ACCEPT,
  }));
}

/**
 * What the link itself needs, coming in or going out. Redirects are not among it: they let a neighbour turn traffic
 * away. IPv4 needs nothing, ARP and DHCP do not pass here.
 */
export function linkRules(family: Family, direction: "in" | "out"): Rule[] {
  if (family === "ipv4") return [];
  const chain = direction === "in" ? INBOUND : OUTBOUND;
  // RFC 4861 section 7.1: a hop limit of 255 shows that no router passed it on.
  const discovery = NEIGHBOUR_DISCOVERY.map((type) => ({
    chain,
    match: [icmpType(family, type), "-m hl --hl-eq 255"],
    comment: "neighbour discovery",
    target: ACCEPT,
  }));
  // RFC 3810 and RFC 8415: a router asks which groups are listened to, a server gives the address (AWS does so).
  const listener =
    direction === "in"
      ? ["-s fe80::/10", icmpType(family, "130")]
      : ["-d ff02::16/128", icmpType(family, "143")];
  const dhcp =
    direction === "in"
      ? "-s fe80::/10 -p udp -m udp --sport 547 --dport 546"
      : "-d ff02::1:2/128 -p udp -m udp --sport 546 --dport 547";
  return [
    ...discovery,
    { chain, match: listener, comment: "multicast listener discovery", target: ACCEPT },
    { chain, match: [dhcp], comment: "DHCPv6", target: ACCEPT },
  ];
}

export function invalidRule(): Rule {
  return { chain: INBOUND, match: ["-m conntrack --ctstate INVALID"], comment: "invalid", target: "DROP" };
}

/** SSH from the deployer's networks, whatever else is closed. */
export function failsafeRule(family: Family, sets: Sets): Rule {
  const match = ["-p tcp -m tcp --dport 22", ...addressMatch(sets.match("failsafe", family))];
  return { chain: INBOUND, match, comment: "palisade:failsafe", target: ACCEPT };
}

/** IKE and ESP from peers, then nothing in clear from any address of the fleet. */
export function ipsecRules(family: Family, sets: Sets): Rule[] {
  const peers = addressMatch(sets.match("peers", family));
  const fleet = addressMatch(sets.match("fleet", family));
  return [
    {
      chain: INBOUND,
      match: ["-p udp -m multiport --dports 500,4500", ...peers],
      comment: "IKE from peers",
      target: ACCEPT,
    },
    { chain: INBOUND, match: ["-p esp", ...peers], comment: "ESP from peers", target: ACCEPT },
    {
      chain: INBOUND,
      match: [...fleet, "-m policy --dir in --pol none"],
      comment: "servers only through IPsec",
      target: CLEAR,
    },
    // A neighbour is a server too, even by the address that every interface has; no network is made of those.
    {
      chain: INBOUND,
      match: [`-s ${LINK_LOCAL[family]}`, "-m policy --dir in --pol none"],
      comment: "link-local",
      target: CLEAR,
    },
    logRule(CLEAR, "palisade clear"),
    { chain: CLEAR, match: [], target: "DROP" },
  ];
}

/** `db.postgres`: the policy's names hold no dot, so no two services meet in one chain. */
export function chainName(accept: Accept): string {
  return shorten(`${accept.group}.${accept.service}`, LONGEST_CHAIN);
}

/** Where the policy says so; without an index, as the order of a list means nothing. */
function servicePath(accept: Accept): string {
  return `groups.${accept.group}.services.${accept.service}`;
}

/** The way into a service's chain, one rule a port. */
export function portRules(accept: Accept, family: Family): Rule[] {
  return accept.ports.map((port) => ({
    chain: INBOUND,
    match: [portMatch(port, family)],
    comment: servicePath(accept),
    target: chainName(accept),
  }));
}

function portMatch(port: Port, family: Family): string {
  if (port.protocol === "icmp") return icmpProtocol(family);
  const range = port.first === port.last ? `${port.first}` : `${port.first}:${port.last}`;
  return `-p ${port.protocol} -m ${port.protocol} --dport ${range}`;
}

/** Who may use a service, one rule an origin. */
export function originRules(accept: Accept, family: Family, sets: Sets): Rule[] {
  return accept.origins.map((origin) => ({
    chain: chainName(accept),
    match: originMatch(origin, family, sets),
    comment: `${servicePath(accept)}.from: ${origin.written}`,
    target: ACCEPT,
  }));
}

/** A server only through IPsec; and what came through IPsec is a server, so it is of no network. */
function originMatch(origin: Origin, family: Family, sets: Sets): string[] {
  const isGroup = origin.kind === "group";
  const base = isGroup ? `group.${origin.group}` : `net.${origin.network.name}`;
  const policy = `-m policy --dir in --pol ${isGroup ? "ipsec" : "none"}`;
  return [...addressMatch(sets.match(base, family)), policy];
}
