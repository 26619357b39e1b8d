import { createHash } from "node:crypto";
import type { AddressBook, Addresses, Cloud, FleetModel, Inventory } from "../model";
import type { Problem } from "../problem";
import { compareText } from "../text";
import { addressText, parseAddress, parseCidr, type Family } from "../validate/cidr";
import { capacity, isWithin, RESERVED_FIRST } from "../validate/subnet";

/**
 * Chooses a private IPv4 address for each host at plan time, from its name: adding or removing one leaves the
 * others where they are, unless two names meet at the same address. Then the earlier in the list has it, and the
 * later the next free one; an `address` in the list settles that for good.
 * @param subnet IPv4 CIDR block
 * @param cloud whose last addresses are left out
 * @throws if there are more hosts than addresses
 */
export function chooseAddresses(
  subnet: string,
  hosts: readonly { name: string; address?: string }[],
  cloud: Cloud = "aws",
): Map<string, string> {
  const parsed = parseCidr(subnet);
  if ("message" in parsed) throw new Error(parsed.message);
  const { base } = parsed.block;
  const room = capacity(parsed.block, cloud);
  // The same for every cloud, so that a name has the same place whatever a cloud keeps at the end.
  const span = capacity(parsed.block);
  if (hosts.length > room)
    throw new Error(`${subnet} has room for ${room} hosts, and there are ${hosts.length}`);
  const taken = new Set(hosts.flatMap((host) => host.address ?? []));
  const chosen = new Map<string, string>();
  for (const { name, address } of hosts) {
    let place = address;
    for (let step = nameHash(name) % span; place === undefined; step = (step + 1) % span) {
      const candidate = addressText("ipv4", base + RESERVED_FIRST + BigInt(step));
      if (step < room && !taken.has(candidate)) place = candidate;
    }
    taken.add(place);
    chosen.set(name, place);
  }
  return chosen;
}

/** 32 bits of a name's SHA-256. */
function nameHash(name: string): number {
  return createHash("sha256").update(name).digest().readUInt32BE(0);
}

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

/** The routing domain of a cloud's private IPv4 addresses. */
export function routingDomain(cloud: Cloud, region: string): string {
  return `${cloud}/${region}`;
}

/** The routing domain of existing hosts' IPv4 addresses. */
export const PUBLIC = "public";

/** Addresses before a first deployment. */
export interface PlannedAddresses {
  book: Map<string, Addresses>;
  /** Hosts whose IPv6 address only the cloud knows; theirs in the book are stand-ins out of 2001:db8:ffff::/48. */
  standIns: string[];
}

/** The addresses that the inventory gives, with stand-ins for those that only a cloud can. */
export function planAddresses(inventory: Inventory): PlannedAddresses {
  const book = new Map<string, Addresses>();
  const standIns: string[] = [];
  const chosen = chooseCloudAddresses(inventory);
  for (const host of inventory.hosts) {
    if (host.on === "existing") {
      const ipv4 = host.ipv4 === undefined ? {} : { ipv4: { address: host.ipv4, network: PUBLIC } };
      book.set(host.name, { ...ipv4, ...(host.ipv6 === undefined ? {} : { ipv6: host.ipv6 }) });
      continue;
    }
    const address = chosen.get(host.name);
    const network = routingDomain(host.on, inventory.region);
    book.set(host.name, {
      ...(address === undefined ? {} : { ipv4: { address, network } }),
      ipv6: standIn(host.name),
    });
    standIns.push(host.name);
  }
  return { book, standIns: standIns.sort(compareText) };
}

function chooseCloudAddresses(inventory: Inventory): Map<string, string> {
  const clouds: readonly Cloud[] = ["aws", "linode"];
  return new Map(
    clouds.flatMap((cloud) => {
      const subnet = inventory.subnets[cloud];
      const hosts = inventory.hosts.flatMap((host) => (host.on === cloud ? [host] : []));
      return subnet === undefined ? [] : [...chooseAddresses(subnet, hosts, cloud)];
    }),
  );
}

function standIn(name: string): string {
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
