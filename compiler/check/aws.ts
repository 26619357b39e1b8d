import { awsGroups, groupsOfHost, ruleCount, type AwsGroup } from "../clouds/aws-groups";
import { IPSEC } from "../clouds/edge";
import { entryOf } from "../load/entries";
import type { Stack } from "../load/stack";
import type { FleetModel, HostSpec } from "../model";
import type { Source } from "../source/source";
import type { Family } from "../validate/cidr";
import { AWS_LIMITS, AWS_QUOTAS } from "../clouds/aws-limits";
import { Cursor } from "../validate/cursor";
import { quoted } from "../validate/nearest";
import type { Report } from "../validate/report";

/** What an account on AWS has, told before the first resource is made. */
export type AwsStack = Pick<Stack, "inventory" | "sources"> & { model: FleetModel };

/**
 * Whether a stack's hosts on AWS fit into what AWS allows: rules of a security group, security groups of a host, elastic
 * addresses, the length of a tag. Each problem is told where the person can mend it.
 */
export function checkAws(stack: AwsStack, source: Source | undefined, report: Report): void {
  const hosts = stack.inventory.hosts.filter((host) => host.on === "aws");
  if (hosts.length === 0) return;
  for (const group of awsGroups(stack.model, stack.inventory)) checkRules(group, stack, report);
  if (source === undefined) return;
  const document = new Cursor(report, source, source.value);
  for (const host of hosts) checkGroups(host, stack, document);
  checkAddresses(hosts, stack, document);
}

/** What the groups' rules come to is told where the policy defines the group. */
function checkRules(group: AwsGroup, { inventory, sources }: AwsStack, report: Report): void {
  const most = inventory.quotas.aws.rulesPerGroup;
  const families: readonly Family[] = ["ipv4", "ipv6"];
  for (const family of families) {
    const count = ruleCount(group, family);
    const source = sources.get("groups");
    if (count <= most || source === undefined) continue;
    report.error(source, ["groups", group.group], rulesMessage(group, family, count, most), "key");
    return;
  }
}

function rulesMessage(group: AwsGroup, family: Family, count: number, most: number): string {
  const { references, elsewhere, rules } = group;
  const parts = [
    `${rules.filter(({ source }) => source.includes(":") === (family === "ipv6")).length} for networks`,
    `${IPSEC.length} for each of ${references.length} groups of peers on AWS`,
    ...(family === "ipv6" ? [`${IPSEC.length} for each of ${elsewhere.length} peers elsewhere`] : []),
  ];
  const name = family === "ipv4" ? "IPv4" : "IPv6";
  return `in front of its hosts on AWS it takes ${count} ${name} rules of a security group (${parts.join(", ")}), and the account has ${most}; ${raise("rulesPerGroup", count)}`;
}

/** How to get more of something that AWS raises. */
function raise(quota: keyof typeof AWS_QUOTAS, needed: number): string {
  const { most, source } = AWS_QUOTAS[quota];
  return needed > most
    ? `AWS allows ${most} at most (${source})`
    : `have AWS raise it (${source}), then set "palisade:quotas: { aws: { ${quota}: ${needed} } }" or more`;
}

function checkGroups(host: HostSpec, { inventory }: AwsStack, document: Cursor): void {
  const cursor = entryOf(host, document);
  if (cursor === undefined) return;
  const count = groupsOfHost(host, inventory).length;
  const most = inventory.quotas.aws.groupsPerInterface;
  if (count > most) {
    cursor
      .field("groups")
      .error(
        `${quoted(host.name)} is in ${count} groups, "all" among them, each a security group of its own, and the account has ${most} a host; ${raise("groupsPerInterface", count)}`,
      );
  }
  const { limit, source } = AWS_LIMITS.tagValue;
  const letters = host.groups.join(" ").length;
  if (letters > limit) {
    cursor
      .field("groups")
      .error(`as a tag the groups have ${letters} letters, and AWS allows ${limit} (${source})`);
  }
}

function checkAddresses(hosts: readonly HostSpec[], { inventory }: AwsStack, document: Cursor): void {
  const count = hosts.filter((host) => host.on !== "existing" && host.public).length;
  const most = inventory.quotas.aws.elasticAddresses;
  if (count <= most) return;
  document
    .field("hosts")
    .error(
      `${count} hosts on AWS are public, and the account has ${most} elastic addresses in a region; ${raise("elasticAddresses", count)}`,
    );
}
