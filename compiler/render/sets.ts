import { sharedFamilies, addressOf } from "../decide/addresses";
import type { AddressBook, Addresses, Network } from "../model";
import { lines, sortedMap, sortedUnique } from "../text";
import type { Family } from "../validate/cidr";
import { FLEET } from "../words";
import { shorten } from "./names";

/** The kernel takes 31 bytes; the host appends `.a`, `.b` or `.c` so that it can swap one generation for the next. */
const LONGEST = 29;

const FAMILIES: readonly Family[] = ["ipv4", "ipv6"];

/** What a rule says of a packet's address. */
export type AddressMatch = { kind: "set"; name: string } | { kind: "everywhere" };

interface AddressSet {
  family: Family;
  /** Addresses by the hosts that have them; of ranges, by themselves. */
  entries: ReadonlyMap<string, string>;
  text: string;
}

/**
 * The ipset sets of hosts that are alike: `group.web.4`, `net.office.6`, `peers.4`, `fleet.6`, `failsafe.4`. They are
 * the same for all of them, save that no host is in a set of its own.
 */
export class Sets {
  private readonly sets = new Map<string, AddressSet>();
  private readonly everywhere = new Set<string>();

  private add(base: string, family: Family, entries: ReadonlyMap<string, string>): void {
    const name = setName(base, family);
    // hash:net holds no block of the whole address space (ipset(8)); such a network needs no match at all.
    if ([...entries.values()].some((entry) => entry.endsWith("/0"))) this.everywhere.add(name);
    else this.sets.set(name, { family, entries, text: setText(name, family, entries.values()) });
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
    const entries = { ipv4: new Map<string, string>(), ipv6: new Map<string, string>() };
    for (const host of hosts) {
      const theirs = book.get(host);
      if (theirs === undefined) throw new Error(`no addresses are known of ${host}`);
      for (const family of sharedFamilies(own, theirs)) {
        const address = addressOf(theirs, family);
        if (address !== undefined) entries[family].set(host, address);
      }
    }
    for (const family of FAMILIES) this.add(base, family, entries[family]);
  }

  match(base: string, family: Family): AddressMatch {
    const name = setName(base, family);
    return this.everywhere.has(name) ? { kind: "everywhere" } : { kind: "set", name };
  }

  /** For `ipset restore` on one of the hosts. */
  text(host: string): string {
    const parts: string[] = [];
    for (const [name, { family, entries, text }] of sortedMap(this.sets)) {
      if (!entries.has(host)) parts.push(text);
      else {
        const others = [...entries].flatMap(([owner, address]) => (owner === host ? [] : [address]));
        parts.push(setText(name, family, others));
      }
    }
    return parts.join("");
  }
}

function setText(name: string, family: Family, addresses: Iterable<string>): string {
  const entries = sortedUnique(addresses).map((address) => `add ${name} ${address}`);
  return lines([`create ${name} hash:net family ${family === "ipv4" ? "inet" : "inet6"}`, ...entries]);
}

function setName(base: string, family: Family): string {
  const suffix = family === "ipv4" ? ".4" : ".6";
  return shorten(base, LONGEST - suffix.length) + suffix;
}
