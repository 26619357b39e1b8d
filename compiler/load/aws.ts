import { AWS_LIMITS, AWS_QUOTAS } from "../clouds/aws-limits";
import { cutSubnets, subnetOf, ZONE_COUNTS, type Subnet } from "../decide/subnets";
import type { AwsQuotas, CloudHostSpec, Inventory } from "../model";
import type { Block } from "../validate/cidr";
import type { Cursor } from "../validate/cursor";
import { quoted } from "../validate/nearest";
import { capacity } from "../validate/subnet";

/** Where a stack is on AWS. */
export interface AwsSite {
  region: string | undefined;
  zones: string[];
  /** Empty where the network can't be cut, which is then told already, and where nothing runs on AWS. */
  subnets: readonly Subnet[];
}

/**
 * The region, the zones and the subnets of a stack with hosts on AWS.
 * @param block of its network
 */
export function readAwsSite(document: Cursor, block: Block | undefined): AwsSite {
  const isUsed = document
    .field("hosts")
    .items()
    .some((host) => host.field("on").text() === "aws");
  if (!isUsed) return { region: undefined, zones: [], subnets: [] };
  const region = document.field("aws:region").text();
  if (!document.has("aws:region")) {
    document.error(
      '"aws:region" is missing: hosts run on aws; set it with: pulumi config set aws:region us-east-1',
    );
  }
  const zones = readZones(document.field("zones"), region);
  if (block?.family !== "ipv4" || !ZONE_COUNTS.includes(zones.length)) return { region, zones, subnets: [] };
  const cut = cutSubnets(block, zones);
  if ("subnets" in cut) return { region, zones, subnets: cut.subnets };
  for (const problem of cut.problems) document.field("subnets").field("aws").error(problem);
  return { region, zones, subnets: [] };
}

/** The zones that are named, or the region's first two; none where one of them can't be read. */
function readZones(cursor: Cursor, region: string | undefined): string[] {
  if (cursor.value === undefined) return region === undefined ? [] : [`${region}a`, `${region}b`];
  const zones = cursor.texts();
  for (const item of cursor.items()) {
    const zone = item.text();
    if (zone !== undefined && region !== undefined && zone.slice(0, -1) !== region) {
      item.error(`${quoted(zone)} is no availability zone of ${region} (aws:region), such as ${region}a`);
    }
  }
  if (!ZONE_COUNTS.includes(cursor.items().length)) {
    cursor.error(`hosts are spread over 1, 2 or 4 zones, and ${cursor.items().length} are named`);
  }
  return zones.length === cursor.items().length ? zones : [];
}

/** What each subnet has room for, and whether the deployer reaches each host. */
export function checkAwsHosts(
  document: Cursor,
  hosts: readonly CloudHostSpec[],
  site: AwsSite,
  connect: Inventory["connect"],
): void {
  for (const subnet of site.subnets) {
    const count = hosts.filter((host) => subnetOf(host, site.subnets) === subnet).length;
    const room = capacity(subnet.block);
    if (count <= room) continue;
    document
      .field("subnets")
      .field("aws")
      .error(
        `the ${subnet.access} subnet of ${subnet.zone}, ${subnet.block.text}, has room for ${room} hosts, and ${count} are in it`,
      );
  }
  const isUnreadable = document.has("connect") && document.field("connect").text() === undefined;
  if (connect === "ipv6" || isUnreadable) return;
  for (const item of document.field("hosts").items()) {
    if (item.field("on").text() !== "aws" || item.field("public").flag() === true) continue;
    item.error(
      'cloud hosts are reached over IPv4 (connect), and on AWS this one has no IPv4 address that can be: give it "public: true", or set palisade:connect to ipv6',
    );
  }
}

/** What the account may have: AWS's defaults, or what it was raised to. */
export function readAwsQuotas(cursor: Cursor): AwsQuotas {
  const read = (name: keyof AwsQuotas): number => {
    const field = cursor.field(name);
    const value = field.integer() ?? AWS_QUOTAS[name].limit;
    const { most } = AWS_QUOTAS[name];
    if (value > most) field.error(`AWS raises this to ${most} at most (${AWS_QUOTAS[name].source})`);
    return value;
  };
  const quotas = {
    rulesPerGroup: read("rulesPerGroup"),
    groupsPerInterface: read("groupsPerInterface"),
    elasticAddresses: read("elasticAddresses"),
  };
  const product = quotas.rulesPerGroup * quotas.groupsPerInterface;
  const { limit, source } = AWS_LIMITS.rulesPerInterface;
  if (product > limit) {
    cursor.error(
      `rulesPerGroup × groupsPerInterface is ${product}, and AWS allows ${limit} at most (${source})`,
    );
  }
  return quotas;
}
