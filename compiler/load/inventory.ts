import type { Cloud, HostSpec, Inventory, Policy } from "../model";
import type { Checked } from "../problem";
import type { Source } from "../source/source";
import { sortedUnique } from "../text";
import { overlaps, type Block } from "../validate/cidr";
import { Cursor } from "../validate/cursor";
import { unknownName } from "../validate/nearest";
import { Report } from "../validate/report";
import { checkStructure } from "../validate/structure";
import { capacity, isWithin } from "../validate/subnet";
import { ALL, FLEET } from "../words";
import { checkAwsHosts, readAwsQuotas, readAwsSite } from "./aws";
import { readDate } from "./grant";
import { readHosts, type Site } from "./hosts";
import type { KnownNames } from "./names";
import { readCidr, readCidrs } from "./networks";
import { readPasswords } from "./passwords";
import type { PolicyDraft } from "./policy";
import { checkSecrets, readSecretIds } from "./secrets";

/** What an inventory is checked against. */
type PolicyNames = Pick<PolicyDraft, "policy" | "known">;

const CLOUDS: readonly Cloud[] = ["aws", "linode"];

/** Reads and checks a stack's inventory against a policy that is known to be right. */
export function loadInventory(source: Source, policy: Policy): Checked<Inventory> {
  const report = new Report();
  const known: KnownNames = {
    groups: new Set(policy.groups.keys()),
    people: new Set(policy.people.keys()),
    environments: policy.environments,
  };
  const inventory = draftInventory(source, { policy, known }, report);
  const problems = report.sorted();
  return report.hasErrors() ? { ok: false, problems } : { ok: true, value: inventory, problems };
}

/** As `loadInventory`, with the problems in a report that others add to. */
export function draftInventory(source: Source, draft: PolicyNames, report: Report): Inventory {
  checkStructure("inventory", source, report);
  const document = new Cursor(report, source, source.value);
  const environment = document.field("environment");
  checkEnvironment(environment, draft);
  const failsafe = readCidrs(document.field("failsafe"));
  const subnets = readSubnets(document.field("subnets"), draft);
  const aws = readAwsSite(document, subnets.get("aws"));
  const site: Site = {
    groups: draft.known.groups && new Set([...draft.known.groups, ALL]),
    fleet: draft.policy.networks.get(FLEET),
    subnets,
    awsSubnets: aws.subnets,
    failsafe,
  };
  const hosts = readHosts(document.field("hosts"), site, document.field("subnets"));
  checkRoom(document.field("subnets"), hosts, site);
  checkSecrets(document);
  const secretIds = readSecretIds(document);
  const owner = document.field("owner").text();
  const connect = document.field("connect").text() === "ipv6" ? "ipv6" : "ipv4";
  checkAwsHosts(
    document,
    hosts.flatMap((host) => (host.on === "aws" ? [host] : [])),
    aws,
    connect,
  );
  const usesClouds = hosts.some((host) => host.on !== "existing");
  checkFailsafe(document.field("failsafe"), failsafe, usesClouds ? connect : undefined, draft);
  return {
    environment: environment.text() ?? "",
    region: document.field("region").text() ?? "",
    hosts,
    failsafe: sortedUnique(failsafe.map((block) => block.text)),
    isolated: readIsolated(document.field("isolated"), new Set(hosts.map((host) => host.name))),
    regionStacks: sortedUnique(document.field("regionStacks").texts()),
    subnets: Object.fromEntries([...site.subnets].map(([cloud, block]) => [cloud, block.text])),
    ...(aws.region === undefined ? {} : { awsRegion: aws.region }),
    zones: aws.zones,
    ...(owner === undefined ? {} : { owner }),
    protect: document.field("protect").flag() ?? true,
    quotas: { aws: readAwsQuotas(document.field("quotas").field("aws")) },
    connect,
    ipcomp: document.field("ipcomp").flag() ?? false,
    passwords: readPasswords(document.field("passwords"), draft.known.people),
    certificateEpoch: readDate(document.field("certificateEpoch")) ?? "",
    ...secretIds,
  };
}

/** Only a warning: what the policy grants in certain environments alone, it then does not grant here. */
function checkEnvironment(cursor: Cursor, draft: PolicyNames): void {
  const [name, known] = [cursor.text(), draft.known.environments];
  if (name === undefined || known === undefined || known.has(name)) return;
  cursor.warning(`${unknownName("environment", name, known)}; groups.json lists them under "environments"`);
}

function readSubnets(cursor: Cursor, draft: PolicyNames): Map<Cloud, Block> {
  const subnets = new Map<Cloud, Block>();
  const fleet = draft.policy.networks.get(FLEET);
  for (const cloud of CLOUDS) {
    const field = cursor.field(cloud);
    const block = readCidr(field);
    if (block === undefined) continue;
    const other = [...subnets.values()].find((subnet) => overlaps(subnet, block));
    if (block.family === "ipv6") field.error(`"${block.text}" is IPv6; a subnet is given as IPv4`);
    else if (fleet !== undefined && !isWithin(fleet, block)) {
      field.error(
        `"${block.text}" is not within the network "fleet" of the policy, where all servers have addresses`,
      );
    } else if (other !== undefined) field.error(`"${block.text}" overlaps the other subnet, ${other.text}`);
    subnets.set(cloud, block);
  }
  return subnets;
}

function checkRoom(cursor: Cursor, hosts: readonly HostSpec[], site: Site): void {
  for (const [cloud, subnet] of site.subnets) {
    // AWS's is cut into several, each with room of its own.
    if (cloud === "aws") continue;
    const count = hosts.filter((host) => host.on === cloud).length;
    const room = capacity(subnet, cloud);
    if (count > room)
      cursor.field(cloud).error(`"${subnet.text}" has room for ${room} hosts, and ${count} run on ${cloud}`);
  }
}

/** The failsafe has to hold the deployer's address in the family it connects over. */
function checkFailsafe(
  cursor: Cursor,
  blocks: readonly Block[],
  connect: Block["family"] | undefined,
  draft: PolicyNames,
): void {
  if (blocks.length === 0) return;
  if (connect !== undefined && blocks.every((block) => block.family !== connect)) {
    const family = connect === "ipv4" ? "IPv4" : "IPv6";
    cursor.error(
      `cloud hosts are reached over ${family} (connect), and no ${family} range is listed: the deployer would be locked out`,
    );
  }
  for (const block of blocks) {
    if (block.bits === 0) cursor.warning(`${block.text} lets the whole internet reach SSH on every host`);
    const fleet = draft.policy.networks.get(FLEET);
    if (fleet !== undefined && isWithin(fleet, block)) {
      cursor.warning(`${block.text} is within the network "fleet": servers there reach SSH on every host`);
    }
  }
}

function readIsolated(cursor: Cursor, hosts: ReadonlySet<string>): string[] {
  const isolated: string[] = [];
  for (const item of cursor.items()) {
    const name = item.text();
    if (name === undefined) continue;
    if (hosts.has(name)) isolated.push(name);
    else item.error(unknownName("host", name, hosts));
  }
  return sortedUnique(isolated);
}
