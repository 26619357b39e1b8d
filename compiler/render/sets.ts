import { sharedFamilies, addressOf } from "../decide/addresses";
import type { AddressBook, Addresses, Network } from "../model";
import { compareText, sortedUnique } from "../text";
import type { Family } from "../validate/cidr";
import { FLEET } from "../words";
import { shorten } from "./names";

/** The kernel takes 31 bytes; the host appends `.a`, `.b` or `.c` so that it can swap one generation for the next. */
const LONGEST = 29;

const FAMILIES: readonly Family[] = ["ipv4", "ipv6"];

/** What a rule says of a packet's address. */
export type AddressMatch = { kind: "set"; name: string } | { kind: "everywhere" };

/** The ipset sets of one host: `group.web.4`, `net.office.6`, `peers.4`, `fleet.6`, `failsafe.4`. */
export class Sets {
  private readonly sets = new Map<string, { family: Family; entries: readonly string[] }>();
  private readonly everywhere = new Set<string>();

  private add(base: string, family: Family, entries: Iterable<string>): void {
    const sorted = sortedUnique(entries);
    // hash:net holds no block of the whole address space (ipset(8)); such a network needs no match at all.
    if (sorted.some((entry) => entry.endsWith("/0"))) this.everywhere.add(setName(base, family));
    else this.sets.set(setName(base, family), { family, entries: sorted });
  }

  /** Ranges of networks. */
  addRanges(base: string, ranges: readonly string[]): void {
    for (const family of FAMILIES) {
      this.add(
        base,
        family,
        ranges.filter((range) => range.includes(":") === (family === "ipv6")),
      );
    }
  }

  addNetwork(network: Network): string {
    const base = network.name === FLEET ? FLEET : `net.${network.name}`;
    this.addRanges(base, [...network.ipv4, ...network.ipv6]);
    return base;
  }

  /** Addresses of hosts, as far as `own` reaches them. */
  addHosts(base: string, own: Addresses, hosts: readonly string[], book: AddressBook): void {
    const entries: Record<Family, string[]> = { ipv4: [], ipv6: [] };
    for (const host of hosts) {
      const theirs = book.get(host);
      if (theirs === undefined) throw new Error(`no addresses are known of ${host}`);
      for (const family of sharedFamilies(own, theirs)) {
        const address = addressOf(theirs, family);
        if (address !== undefined) entries[family].push(address);
      }
    }
    for (const family of FAMILIES) this.add(base, family, entries[family]);
  }

  match(base: string, family: Family): AddressMatch {
    const name = setName(base, family);
    return this.everywhere.has(name) ? { kind: "everywhere" } : { kind: "set", name };
  }

  /** For `ipset restore`. */
  text(): string {
    const parts: string[] = [];
    for (const [name, { family, entries }] of [...this.sets].sort(([a], [b]) => compareText(a, b))) {
      parts.push(`create ${name} hash:net family ${family === "ipv4" ? "inet" : "inet6"}\n`);
      for (const entry of entries) parts.push(`add ${name} ${entry}\n`);
    }
    return parts.join("");
  }
}

function setName(base: string, family: Family): string {
  const suffix = family === "ipv4" ? ".4" : ".6";
  return shorten(base, LONGEST - suffix.length) + suffix;
}
