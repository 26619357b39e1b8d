import { createHash } from "node:crypto";
import type { Cloud, CloudHostSpec, Inventory } from "../model";
import { addressText, parseAddress, parseCidr, type Block } from "../validate/cidr";
import { capacity, RESERVED_FIRST } from "../validate/subnet";
import { cutSubnets, subnetOf, type Subnet } from "./subnets";

/** Where a cloud host is in its network, known before it exists. */
export interface Place {
  /** Private IPv4 address. */
  ipv4: string;
  /** Distance from its subnet's first address; the same in IPv6 where the address can be chosen. */
  offset: number;
  /** On AWS. */
  subnet?: Subnet;
}

/** What decides where hosts are. */
export type Sites = Pick<Inventory, "hosts" | "subnets" | "zones">;

/**
 * The subnets of the stack's network on AWS; none where it has no block there, or one that can't be cut, which is told
 * where the stack is checked.
 */
export function awsSubnets({ subnets, zones }: Pick<Inventory, "subnets" | "zones">): Subnet[] {
  if (subnets.aws === undefined) return [];
  const cut = cutSubnets(blockOf(subnets.aws), zones);
  return "subnets" in cut ? cut.subnets : [];
}

/** The places of all cloud hosts, by host name. */
export function placeHosts(inventory: Sites): Map<string, Place> {
  return new Map([...placeOnAws(inventory), ...placeOnLinode(inventory)]);
}

function placeOnAws(inventory: Sites): [string, Place][] {
  const subnets = awsSubnets(inventory);
  const hosts = subnets.length === 0 ? [] : hostsOn("aws", inventory);
  return subnets.flatMap((subnet) =>
    placeIn(
      "aws",
      subnet.block,
      hosts.filter((host) => subnetOf(host, subnets) === subnet),
    ).map(([name, place]): [string, Place] => [name, { ...place, subnet }]),
  );
}

function placeOnLinode(inventory: Sites): [string, Place][] {
  const text = inventory.subnets.linode;
  return text === undefined ? [] : placeIn("linode", blockOf(text), hostsOn("linode", inventory));
}

function placeIn(cloud: Cloud, block: Block, hosts: readonly CloudHostSpec[]): [string, Place][] {
  return [...chooseAddresses(block.text, hosts, cloud)].map(([name, ipv4]) => {
    const address = parseAddress(ipv4);
    if ("message" in address) throw new Error(address.message);
    return [name, { ipv4, offset: Number(address.block.base - block.base) }];
  });
}

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

function hostsOn(cloud: Cloud, { hosts }: Sites): CloudHostSpec[] {
  return hosts.flatMap((host) => (host.on === cloud ? [host] : []));
}

function blockOf(text: string): Block {
  const parsed = parseCidr(text);
  if ("message" in parsed) throw new Error(parsed.message);
  return parsed.block;
}
