import type { FleetModel, HostSpec, Inventory } from "../model";
import { sortedUnique } from "../text";
import type { Family } from "../validate/cidr";
import { ALL } from "../words";
import { baseRules, distinct, IPSEC, serviceRules, type EdgeRule } from "./edge";
import { findNeighbours } from "../decide/neighbours";

/** A VPC security group: it stands in front of the hosts on AWS that are in a group of the policy. */
export interface AwsGroup {
  group: string;
  /** From networks. */
  rules: readonly EdgeRule[];
  /** Groups whose security groups are let in with IKE and ESP, sorted. */
  references: readonly string[];
  /** Hosts of other networks from which IKE and ESP come over IPv6, sorted. */
  elsewhere: readonly string[];
}

/** The one that isolated hosts are in, and no others; the policy's names have no capitals, so it is none of them. */
export const ISOLATED = "ISOLATED";

/** What decides about security groups. */
export type EdgeFleet = Pick<FleetModel, "groups" | "failsafe" | "regionHosts">;
export type EdgeInventory = Pick<Inventory, "hosts" | "isolated">;

/** The security groups that a stack's hosts on AWS are in, by name. */
export function awsGroups(fleet: EdgeFleet, inventory: EdgeInventory): AwsGroup[] {
  const onAws = inventory.hosts.filter((host) => host.on === "aws");
  const names = sortedUnique(onAws.flatMap((host) => groupsOfHost(host, inventory)));
  const near = awsPeers(fleet, new Set(names));
  const far = peersElsewhere(fleet, inventory);
  return names.map((group) => {
    const services = serviceRules(fleet.groups.get(group) ?? { accepts: [] });
    return {
      group,
      rules: isBase(group) ? distinct([...baseRules(fleet), ...services]) : services,
      references: near(group),
      elsewhere: far(group),
    };
  });
}

/** The security groups that a host is in. */
export function groupsOfHost(
  host: Pick<HostSpec, "name" | "groups">,
  { isolated }: Pick<Inventory, "isolated">,
): readonly string[] {
  return isolated.includes(host.name) ? [ISOLATED] : host.groups;
}

/** Whether every host that has a security group at all has this one or another such. */
function isBase(group: string): boolean {
  return group === ALL || group === ISOLATED;
}

/** The groups here with which a group has flows, without those that the group of all hosts lets in already. */
function awsPeers({ groups }: EdgeFleet, here: ReadonlySet<string>): (group: string) => string[] {
  const neighbours = findNeighbours(groups);
  const direct = (group: string): string[] => {
    const names = [...(neighbours.get(group) ?? [])].filter((name) => here.has(name));
    return names.includes(ALL) ? [ALL] : names;
  };
  const ofAll = new Set(direct(ALL));
  return (group) => {
    const names = sortedUnique(direct(group));
    if (group === ALL) return names;
    return ofAll.has(ALL) ? [] : names.filter((name) => !ofAll.has(name));
  };
}

/** The hosts elsewhere with which a group has flows, without those that the group of all hosts lets in already. */
function peersElsewhere(fleet: EdgeFleet, inventory: EdgeInventory): (group: string) => string[] {
  const neighbours = findNeighbours(fleet.groups);
  const elsewhere = new Set([
    ...inventory.hosts.filter(isElsewhere).map((host) => host.name),
    ...fleet.regionHosts.keys(),
  ]);
  const direct = (group: string): string[] =>
    sortedUnique(
      [...(neighbours.get(group) ?? [])]
        .flatMap((name) => fleet.groups.get(name)?.members ?? [])
        .filter((host) => elsewhere.has(host)),
    );
  const ofAll = new Set(direct(ALL));
  return (group) => direct(group).filter((host) => group === ALL || !ofAll.has(host));
}

/** Whether a host of the stack is in another network than its hosts on AWS, and has the IPv6 address that joins them. */
function isElsewhere(host: HostSpec): boolean {
  return host.on === "linode" || (host.on === "existing" && host.ipv6 !== undefined);
}

/** How many of a security group's rules AWS counts in one family. */
export function ruleCount({ rules, references, elsewhere }: AwsGroup, family: Family): number {
  const own = rules.filter(({ source }) => source.includes(":") === (family === "ipv6")).length;
  const hosts = family === "ipv6" ? elsewhere.length : 0;
  return own + IPSEC.length * (references.length + hosts);
}
