import { createHash } from "node:crypto";
import type { AddressBook, Addresses, Cloud, FleetModel, Inventory } from "../model";
import type { Problem } from "../problem";
import { compareText } from "../text";
import { addressText, parseAddress, type Family } from "../validate/cidr";
import { isWithin } from "../validate/subnet";
import { placeHosts } from "./places";

/** The families over which two hosts reach each other. */
export function sharedFamilies(a: Addresses, b: Addresses): Family[] {
  const families: Family[] = [];
  if (a.ipv4 !== undefined && a.ipv4.network === b.ipv4?.network) families.push("ipv4");
  if (a.ipv6 !== undefined && b.ipv6 !== undefined) families.push("ipv6");
  return families;
}

/** What decides over which families others reach a host: the same text for two hosts means the same of both. */
export function reach(addresses: Addresses | undefined): string {
  return `${addresses?.ipv4?.network ?? "none"} ${addresses?.ipv6 !== undefined}`;
}

/** Tells of a host's addresses whether they share a family with everybody's in the book, so that no pair needs a look. */
function meetsAllOf(book: AddressBook): (own: Addresses) => boolean {
  const reaches = new Map([...book.values()].map((addresses) => [reach(addresses), addresses]));
  const open = [...reaches].filter(([, own]) =>
    [...reaches.values()].every((theirs) => sharedFamilies(own, theirs).length > 0),
  );
  const names = new Set(open.map(([name]) => name));
  return (own) => names.has(reach(own));
}

/** A host's address in one family. */
export function addressOf(addresses: Addresses, family: Family): string | undefined {
  return family === "ipv4" ? addresses.ipv4?.address : addresses.ipv6;
}

/** The routing domain of a cloud's private IPv4 addresses: every stack's network there is one of its own. */
export function routingDomain(cloud: Cloud, stack: Pick<Inventory, "environment" | "region">): string {
  return `${cloud}/${stack.environment}/${stack.region}`;
}

/** The routing domain of existing hosts' IPv4 addresses. */
export const PUBLIC = "public";

/** Addresses before a first deployment. */
export interface PlannedAddresses {
  book: Map<string, Addresses>;
  /** Hosts whose IPv6 address only the cloud knows; theirs in the book are placeholders out of 2001:db8:ffff::/48. */
  placeholders: string[];
}

/** The addresses that the inventory gives, with placeholders for those that only a cloud can. */
export function planAddresses(inventory: Inventory): PlannedAddresses {
  const book = new Map<string, Addresses>();
  const placeholders: string[] = [];
  const places = placeHosts(inventory);
  for (const host of inventory.hosts) {
    if (host.on === "existing") {
      const ipv4 = host.ipv4 === undefined ? {} : { ipv4: { address: host.ipv4, network: PUBLIC } };
      book.set(host.name, { ...ipv4, ...(host.ipv6 === undefined ? {} : { ipv6: host.ipv6 }) });
      continue;
    }
    const address = places.get(host.name)?.ipv4;
    const network = routingDomain(host.on, inventory);
    book.set(host.name, {
      ...(address === undefined ? {} : { ipv4: { address, network } }),
      ipv6: placeholder(host.name),
    });
    placeholders.push(host.name);
  }
  return { book, placeholders: placeholders.sort(compareText) };
}

function placeholder(name: string): string {
  const low = createHash("sha256").update(name).digest().readBigUInt64BE(0);
  return addressText("ipv6", (0x20010db8ffffn << 80n) | low);
}

/**
 * What keeps a fleet from working with these addresses: a host that has none, one outside the network `fleet`, and
 * peers that share no address family.
 * @param file where the person can mend it, such as `Pulumi.dev.yaml`
 */
export function checkAddresses(model: FleetModel, book: AddressBook, file: string): Problem[] {
  const problems: Problem[] = [];
  const report = (path: string, message: string) => problems.push({ severity: "error", file, path, message });
  const meetsAll = meetsAllOf(book);
  for (const host of model.hosts.values()) {
    const own = book.get(host.name);
    if (own === undefined) {
      report(host.name, "the host has no address");
      continue;
    }
    for (const text of [own.ipv4?.address, own.ipv6]) {
      const parsed = text === undefined ? undefined : parseAddress(text);
      if (parsed === undefined) continue;
      if ("message" in parsed) report(host.name, parsed.message);
      else if (!isWithin(model.fleet, parsed.block)) {
        report(
          host.name,
          `its address ${parsed.block.text} is not within the network "fleet" of the policy; add its range there`,
        );
      }
    }
    if (meetsAll(own)) continue;
    for (const peer of host.peers) {
      const theirs = book.get(peer);
      const told = peer < host.name && model.hosts.has(peer);
      if (told || theirs === undefined || sharedFamilies(own, theirs).length > 0) continue;
      report(
        host.name,
        `it has a flow with ${peer}, and the two share no address family: give both an IPv6 address`,
      );
    }
  }
  return problems;
}
