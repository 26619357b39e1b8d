import type { Accept, AddressBook, Facet, FleetModel, HostModel } from "../model";
import type { Family } from "../validate/cidr";
import type { RenderHost } from "./alike";
import {
  chainName,
  CLEAR,
  errorRules,
  establishedRules,
  failsafeRule,
  forgottenRule,
  INBOUND,
  invalidRule,
  ipsecRules,
  linkedRules,
  linkRules,
  loopbackRule,
  originRules,
  OUTBOUND,
  portRules,
  POSED,
} from "./chains";
import { addressMatch, icmpType, logRule, tableText, type Rule } from "./rules";
import { Sets } from "./sets";

/**
 * The host's firewall: its ipset sets, and the whole filter table of both families.
 * @param addresses of the host and of all its peers
 * @throws if the host's or a peer's are missing
 */
export function firewall(host: HostModel, fleet: FleetModel, addresses: AddressBook): Facet {
  return firewallOfAlike(host, fleet, addresses)(host);
}

/** As `firewall`, for one host after another of those that are alike (`alikes`): what they share is rendered once. */
export function firewallOfAlike(one: HostModel, fleet: FleetModel, addresses: AddressBook): RenderHost {
  const sets = one.isolated ? isolatedSets(fleet) : openSets(one, fleet, addresses);
  const table = (family: Family) =>
    one.isolated ? isolatedTable(family, sets) : openTable(one.accepts, family, sets);
  const tables = [
    { name: "rules.v4", text: table("ipv4") },
    { name: "rules.v6", text: table("ipv6") },
  ];
  return (host) => ({
    facet: "firewall",
    host: host.name,
    environment: fleet.environment,
    files: [{ name: "ipset", text: sets.text(host.name) }, ...tables],
  });
}

function openSets(one: HostModel, fleet: FleetModel, book: AddressBook): Sets {
  const own = book.get(one.name);
  if (own === undefined) throw new Error(`no addresses are known of ${one.name}`);
  const sets = new Sets();
  sets.addRanges("failsafe", fleet.failsafe);
  sets.addNetwork(fleet.fleet);
  sets.addHosts("peers", own, one.kind.peers, book);
  sets.addLinks(own, one.kind.peers, book, fleet);
  const done = new Set<string>();
  for (const origin of one.accepts.flatMap((accept) => accept.origins)) {
    const base = origin.kind === "group" ? `group.${origin.group}` : `net.${origin.network.name}`;
    if (done.has(base)) continue;
    done.add(base);
    if (origin.kind === "network") sets.addNetwork(origin.network);
    else sets.addHosts(base, own, origin.hosts, book);
  }
  return sets;
}

function openTable(accepts: readonly Accept[], family: Family, sets: Sets): string {
  const rules: (Rule | string)[] = [
    { chain: "INPUT", match: [], target: INBOUND },
    loopbackRule(),
    "Through IPsec each peer has its own address, and no other's.",
    ...linkedRules(family, sets),
    forgottenRule(),
    "Answers to this host, and what networks need.",
    ...establishedRules(),
    ...errorRules(family),
    ...linkRules(family, "in"),
    invalidRule(),
    "The deployer, always.",
    failsafeRule(family, sets),
    "Servers: IPsec from peers, and nothing in clear.",
    ...ipsecRules(family, sets),
    "Services.",
    ...accepts.flatMap((accept) => [...portRules(accept, family), ...originRules(accept, family, sets)]),
    "All the rest.",
    logRule(INBOUND, "palisade drop"),
    { chain: INBOUND, match: [], target: "DROP" },
  ];
  const chains = [INBOUND, CLEAR, POSED, ...accepts.map(chainName)].map((name) => ({ name }));
  return tableText(
    [
      { name: "INPUT", policy: "DROP" },
      { name: "FORWARD", policy: "DROP" },
      { name: "OUTPUT", policy: "ACCEPT" },
      ...chains,
    ],
    rules,
  );
}

function isolatedSets(fleet: FleetModel): Sets {
  const sets = new Sets();
  sets.addRanges("failsafe", fleet.failsafe);
  return sets;
}

/** Only the failsafe, both ways. No rule speaks of established connections in general, so those there were end. */
function isolatedTable(family: Family, sets: Sets): string {
  const pathMtu = icmpType(family, family === "ipv4" ? "3/4" : "2");
  const failsafe = addressMatch(sets.match("failsafe", family), "destination");
  const rules: (Rule | string)[] = [
    { chain: "INPUT", match: [], target: INBOUND },
    { chain: "OUTPUT", match: [], target: OUTBOUND },
    "This host is isolated: it keeps the failsafe, and nothing else in or out.",
    loopbackRule(),
    {
      chain: INBOUND,
      match: [pathMtu, "-m conntrack --ctstate RELATED"],
      comment: "path MTU",
      target: "ACCEPT",
    },
    ...linkRules(family, "in"),
    invalidRule(),
    failsafeRule(family, sets),
    logRule(INBOUND, "palisade drop"),
    { chain: INBOUND, match: [], target: "DROP" },
    { chain: OUTBOUND, match: ["-o lo"], comment: "loopback", target: "ACCEPT" },
    ...linkRules(family, "out"),
    {
      chain: OUTBOUND,
      match: ["-p tcp -m tcp --sport 22", ...failsafe, "-m conntrack --ctstate ESTABLISHED"],
      comment: "palisade:failsafe",
      target: "ACCEPT",
    },
    logRule(OUTBOUND, "palisade drop out"),
    { chain: OUTBOUND, match: [], target: "DROP" },
  ];
  return tableText(
    [
      { name: "INPUT", policy: "DROP" },
      { name: "FORWARD", policy: "DROP" },
      { name: "OUTPUT", policy: "DROP" },
      { name: INBOUND },
      { name: OUTBOUND },
    ],
    rules,
  );
}
