import { sharedFamilies, addressOf } from "../decide/addresses";
import { identityOf } from "../identity/name";
import type { AddressBook, Addresses, FleetModel, Network } from "../model";
import { lines, sortedMap, sortedUnique } from "../text";
import type { Family } from "../validate/cidr";
import { FLEET } from "../words";
import { markOf } from "./marks";
import { shorten } from "./names";

/** The set of addresses and marks that belong together. */
export const LINKS = "links";

/** The kernel takes 31 bytes; the host appends `.a`, `.b` or `.c` so that it can swap one generation for the next. */
const LONGEST = 29;

const FAMILIES: readonly Family[] = ["ipv4", "ipv6"];

/** What a rule says of a packet's address. */
export type AddressMatch = { kind: "set"; name: string } | { kind: "everywhere" };

/** ipset(8): addresses and blocks, or addresses each with the mark that a packet has to have. */
type SetType = "hash:net" | "hash:ip,mark";

interface AddressSet {
  type: SetType;
  family: Family;
  /** Addresses by the hosts that have them; of ranges, by themselves. */
  entries: ReadonlyMap<string, string>;
  text: string;
}

/**
 * The ipset sets of hosts that are alike: `group.web.4`, `net.office.6`, `peers.4`, `links.4`, `fleet.6`, `failsafe.4`.
 * They are the same for all of them, save that no host is in a set of its own.
 */
export class Sets {
  private readonly sets = new Map<string, AddressSet>();
  private readonly everywhere = new Set<string>();

  private add(
    base: string,
    family: Family,
    entries: ReadonlyMap<string, string>,
    type: SetType = "hash:net",
  ): void {
    const name = setName(base, family);
    // hash:net holds no block of the whole address space (ipset(8)); such a network needs no match at all.
    if ([...entries.values()].some((entry) => entry.endsWith("/0"))) this.everywhere.add(name);
    else this.sets.set(name, { type, family, entries, text: setText(name, type, family, entries.values()) });
  }

  /** Ranges of networks. */
  addRanges(base: string, ranges: readonly string[]): void {
    for (const family of FAMILIES) {
      const own = ranges.filter((range) => range.includes(":") === (family === "ipv6"));
      this.add(base, family, new Map(own.map((range) => [range, range])));
    }
  }

  addNetwork(network: Network): string {
    const base = network.name === FLEET ? FLEET : `net.${network.name}`;
    this.addRanges(base, [...network.ipv4, ...network.ipv6]);
    return base;
  }

  /** Addresses of hosts, as far as `own` reaches them. */
  addHosts(base: string, own: Addresses, hosts: readonly string[], book: AddressBook): void {
    for (const [family, entries] of reachable(own, hosts, book)) this.add(base, family, entries);
  }

  /** Addresses of peers, each with the mark of what comes from that peer and goes to it through IPsec. */
  addLinks(own: Addresses, peers: readonly string[], book: AddressBook, { environment }: FleetModel): void {
    for (const [family, addresses] of reachable(own, peers, book)) {
      const entries = [...addresses].map(([peer, address]): [string, string] => [
        peer,
        `${address},${markOf(identityOf(peer, environment))}`,
      ]);
      this.add(LINKS, family, new Map(entries), "hash:ip,mark");
    }
  }

  match(base: string, family: Family): AddressMatch {
    const name = setName(base, family);
    return this.everywhere.has(name) ? { kind: "everywhere" } : { kind: "set", name };
  }

  /** For `ipset restore` on one of the hosts. */
  text(host: string): string {
    const parts: string[] = [];
    for (const [name, { type, family, entries, text }] of sortedMap(this.sets)) {
      if (!entries.has(host)) parts.push(text);
      else {
        const others = [...entries].flatMap(([owner, address]) => (owner === host ? [] : [address]));
        parts.push(setText(name, type, family, others));
      }
    }
    return parts.join("");
  }
}

/** Addresses of hosts that `own` reaches, by family, then by host. */
function reachable(
  own: Addresses,
  hosts: readonly string[],
  book: AddressBook,
): [Family, Map<string, string>][] {
  const found = { ipv4: new Map<string, string>(), ipv6: new Map<string, string>() };
  for (const host of hosts) {
    const theirs = book.get(host);
    if (theirs === undefined) throw new Error(`no addresses are known of ${host}`);
    for (const family of sharedFamilies(own, theirs)) {
      const address = addressOf(theirs, family);
      if (address !== undefined) found[family].set(host, address);
    }
  }
  return FAMILIES.map((family) => [family, found[family]]);
}

function setText(name: string, type: SetType, family: Family, addresses: Iterable<string>): string {
  const entries = sortedUnique(addresses).map((address) => `add ${name} ${address}`);
  return lines([`create ${name} ${type} family ${family === "ipv4" ? "inet" : "inet6"}`, ...entries]);
}

function setName(base: string, family: Family): string {
  const suffix = family === "ipv4" ? ".4" : ".6";
  return shorten(base, LONGEST - suffix.length) + suffix;
}
