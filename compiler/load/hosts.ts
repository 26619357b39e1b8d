import { subnetOf, type Subnet } from "../decide/subnets";
import type { Cloud, HostSpec, Network } from "../model";
import { sortedUnique } from "../text";
import { contains, type Block } from "../validate/cidr";
import type { Cursor } from "../validate/cursor";
import { Unique } from "../validate/names";
import { quoted } from "../validate/nearest";
import { isReserved, isWithin } from "../validate/subnet";
import { ALL } from "../words";
import { readDate } from "./grant";
import { reference } from "./names";
import { readAddress, readBastion, readHostKey } from "./reach";

const DEFAULT_SIZE: Record<Cloud, string> = { aws: "t3.micro", linode: "g6-nanode-1" };

/** What the entries of `hosts` are checked against; absent where it could not be read. */
export interface Site {
  groups?: ReadonlySet<string>;
  fleet?: Network;
  /** Each cloud's block. */
  subnets: ReadonlyMap<Cloud, Block>;
  /** Those that the block of AWS is cut into; empty where it can't be. */
  awsSubnets: readonly Subnet[];
  /** From where the deployer's SSH is always let in. */
  failsafe: readonly Block[];
}

interface Claims {
  names: Unique<string>;
  addresses: Unique<string>;
}

/**
 * The hosts of an inventory, in the order of the list, `count` unfolded.
 * @param subnets where a missing subnet is complained of
 */
export function readHosts(cursor: Cursor, site: Site, subnets: Cursor): HostSpec[] {
  const claims: Claims = { names: new Unique("host name"), addresses: new Unique("address") };
  const used = new Set<Cloud>();
  const hosts = cursor.items().flatMap((item) => {
    const on = item.field("on").text();
    if (on === "existing") return readExisting(item, site, claims);
    if (on !== "aws" && on !== "linode") return [];
    used.add(on);
    return readCloudHosts(item, on, site, claims);
  });
  for (const cloud of used) {
    if (!subnets.has(cloud)) subnets.error(`${quoted(cloud)} is missing: hosts run there, and need a subnet`);
  }
  return hosts;
}

function readGroupNames(item: Cursor, site: Site): string[] {
  const names = item
    .field("groups")
    .items()
    .flatMap((group) => reference(group, "group", site.groups) ?? []);
  return sortedUnique([...names, ALL]);
}

function readKeyEpoch(item: Cursor): { keyEpoch?: string } {
  const keyEpoch = readDate(item.field("keyEpoch"));
  return keyEpoch === undefined ? {} : { keyEpoch };
}

function refuse(item: Cursor, fields: readonly string[], kind: string): void {
  for (const field of fields) {
    if (item.has(field)) item.field(field).error(`${quoted(field)} is only for ${kind}`, "key");
  }
}

function readCloudHosts(item: Cursor, on: Cloud, site: Site, claims: Claims): HostSpec[] {
  refuse(item, ["user", "hostKey", "bastion"], "existing hosts");
  const name = item.field("name").text();
  const count = item.field("count").integer();
  const groups = readGroupNames(item, site);
  const size = item.field("size").text() ?? DEFAULT_SIZE[on];
  const isPublic = item.field("public").flag() ?? false;
  const keyEpoch = readKeyEpoch(item);
  const address = readCloudAddress(item, placeOf(on, { name, public: isPublic }, site), count ?? 1, claims);
  if (name === undefined) return [];
  return unfold(name, count).flatMap((host): HostSpec[] => {
    if (host.length > 31) {
      item.field("name").error(`${quoted(host)}, as "count" unfolds it, is longer than 31 characters`);
      return [];
    }
    claims.names.claim(host, item.describe(), item.field("name"));
    return [
      {
        ...{ name: host, groups, on, size, public: isPublic },
        ...(address === undefined ? {} : { address }),
        ...keyEpoch,
      },
    ];
  });
}

/** `web` × 2 is `web-1` and `web-2`; without a count the name is used as it is. */
function unfold(name: string, count: number | undefined): string[] {
  return count === undefined ? [name] : Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
}

interface OwnSubnet {
  cloud: Cloud;
  block: Block;
  /** As a message names it, such as `the subnet 198.51.100.0/28 of aws`. */
  words: string;
}

/** The subnet that a host is in; undefined where it can't be told. */
function placeOf(
  on: Cloud,
  host: { name: string | undefined; public: boolean },
  site: Site,
): OwnSubnet | undefined {
  const whole = site.subnets.get(on);
  if (on === "linode")
    return whole && { cloud: on, block: whole, words: `the subnet ${whole.text} of linode` };
  if (host.name === undefined || site.awsSubnets.length === 0) return undefined;
  const { block, access, zone } = subnetOf({ name: host.name, public: host.public }, site.awsSubnets);
  return {
    cloud: on,
    block,
    words: `${block.text}, the ${access} subnet of ${zone} that it is in by its name`,
  };
}

function readCloudAddress(
  item: Cursor,
  subnet: OwnSubnet | undefined,
  count: number,
  claims: Claims,
): string | undefined {
  const field = item.field("address");
  const block = readAddress(field);
  if (!item.has("address")) return undefined;
  if (Array.isArray(field.value))
    field.error("a cloud host has one private IPv4 address, and no list of them");
  if (count > 1)
    field.error(`${count} hosts cannot share one address; leave it out, or list them one by one`);
  if (block === undefined) return undefined;
  if (block.family === "ipv6") {
    field.error(
      `${quoted(block.text)} is IPv6; the cloud gives that address, only the private IPv4 one can be chosen`,
    );
  } else if (subnet !== undefined && !contains(subnet.block, block)) {
    field.error(`${quoted(block.text)} is not within ${subnet.words}`);
  } else if (subnet !== undefined && isReserved(subnet.block, block, subnet.cloud)) {
    field.error(
      `${quoted(block.text)} is reserved: the first four addresses and the last${subnet.cloud === "linode" ? " two" : ""} of ${subnet.block.text} are the cloud's`,
    );
  }
  claims.addresses.claim(block.text, item.describe(), field);
  return block.text;
}

function readExisting(item: Cursor, site: Site, claims: Claims): HostSpec[] {
  refuse(item, ["size", "count", "public"], "hosts that a cloud makes");
  const name = item.field("name").text();
  const groups = readGroupNames(item, site);
  const addresses = readExistingAddresses(item, site, claims);
  const hostKey = readHostKey(item, "an existing host's");
  if (name !== undefined) claims.names.claim(name, item.describe(), item.field("name"));
  const [first] = addresses;
  const bastion = readBastion(item, first, site);
  if (name === undefined || first === undefined || hostKey === undefined) return [];
  const of = (family: Block["family"]) => addresses.find((block) => block.family === family)?.text;
  const [ipv4, ipv6] = [of("ipv4"), of("ipv6")];
  const user = item.field("user").text() ?? "root";
  return [
    {
      name,
      groups,
      on: "existing",
      address: first.text,
      ...(ipv4 === undefined ? {} : { ipv4 }),
      ...(ipv6 === undefined ? {} : { ipv6 }),
      user,
      hostKey,
      ...readKeyEpoch(item),
      ...(bastion === undefined ? {} : { bastion }),
    },
  ];
}

function readExistingAddresses(item: Cursor, site: Site, claims: Claims): Block[] {
  const field = item.field("address");
  if (!item.has("address")) {
    item.error(
      '"address" is missing: an existing host has an IPv4 address, an IPv6 address, or a list of both',
    );
    return [];
  }
  const addresses: Block[] = [];
  for (const cursor of Array.isArray(field.value) ? field.items() : [field]) {
    const block = readAddress(cursor);
    if (block === undefined) continue;
    if (addresses.some((other) => other.family === block.family)) {
      cursor.error(
        `${quoted(block.text)} is the second ${block.family === "ipv4" ? "IPv4" : "IPv6"} address; a host has one of each at most`,
      );
    }
    checkOutsideAddress(cursor, block, site);
    claims.addresses.claim(block.text, item.describe(), cursor);
    addresses.push(block);
  }
  return addresses;
}

/** Others must know from its address alone that an existing host is a server, and no host of a cloud's subnet. */
function checkOutsideAddress(cursor: Cursor, block: Block, site: Site): void {
  const subnet = [...site.subnets.entries()].find(([, range]) => contains(range, block));
  if (site.fleet !== undefined && !isWithin(site.fleet, block)) {
    cursor.error(
      `${quoted(block.text)} is not within the network "fleet" of the policy, where all servers have addresses`,
    );
  } else if (subnet !== undefined) {
    cursor.error(
      `${quoted(block.text)} is within the subnet ${subnet[1].text}, whose addresses are for hosts on ${subnet[0]}`,
    );
  }
}
