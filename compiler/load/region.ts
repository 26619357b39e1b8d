import type { Addresses, AddressBook, Inventory, Policy, RegionHost } from "../model";
import type { Problem } from "../problem";
import { valueSource } from "../source/source";
import { secretsOf, trustProblem, type SecretIds } from "../identity/trust";
import { sortedUnique } from "../text";
import { parseAddress, type Family } from "../validate/cidr";
import { Cursor } from "../validate/cursor";
import { quoted } from "../validate/nearest";
import { Unique } from "../validate/names";
import { Report } from "../validate/report";
import { checkStructure } from "../validate/structure";
import { isWithin } from "../validate/subnet";
import { ALL, FLEET } from "../words";

/** What a stack exports for the environment's other regions; none of it is secret. */
export const REGION_EXPORTS = ["environment", "secretId", "secretIds", "hosts"] as const;

/** The hosts of an environment's other regions, as their stacks were last deployed. */
export interface Regions {
  hosts: RegionHost[];
  addresses: AddressBook;
}

/** What a stack exports, still unchecked. */
export interface RegionExport {
  stack: string;
  value: unknown;
}

/** What the exports are checked against. */
export type RegionContext = Pick<Inventory, "environment" | "hosts"> & SecretIds & Pick<Policy, "networks">;

/**
 * Reads what other regions export. A host that has no address yet is left out until it has one.
 * @returns every problem at once; a region with any is not to be used
 */
export function loadRegions(
  exported: readonly RegionExport[],
  context: RegionContext,
): { regions: Regions; problems: Problem[] } {
  const report = new Report();
  const hosts: RegionHost[] = [];
  const addresses = new Map<string, Addresses>();
  const claims = { names: new Unique<string>("host name"), addresses: new Unique<string>("address") };
  claimOwn(claims, context, report);
  for (const { stack, value } of exported) {
    const source = valueSource(`stack ${stack}`, value);
    checkStructure("region", source, report);
    const document = new Cursor(report, source, value);
    checkBelongs(document, context);
    for (const [name, cursor] of document.field("hosts").entries()) {
      const own = readAddresses(cursor.field("addresses"), `${name} of stack ${stack}`, claims, context);
      claims.names.claim(name, `stack ${stack}`, cursor);
      if (own === undefined) continue;
      const groups = sortedUnique([...cursor.field("groups").texts(), ALL]);
      hosts.push({ name, groups, isolated: cursor.field("isolated").flag() ?? false, stack });
      addresses.set(name, own);
    }
  }
  return { regions: { hosts, addresses }, problems: report.sorted() };
}

interface Claims {
  names: Unique<string>;
  addresses: Unique<string>;
}

function claimOwn(claims: Claims, { hosts }: RegionContext, report: Report): void {
  const nowhere = new Cursor(report, valueSource("", undefined), undefined);
  for (const host of hosts) {
    claims.names.claim(host.name, "this stack", nowhere);
    if (host.on !== "existing") continue;
    for (const address of [host.ipv4, host.ipv6]) {
      if (address !== undefined) claims.addresses.claim(address, `${host.name} of this stack`, nowhere);
    }
  }
}

function checkBelongs(document: Cursor, context: RegionContext): void {
  const { environment } = context;
  const [theirs, theirId] = [document.field("environment"), document.field("secretId")];
  if (theirs.text() !== undefined && theirs.text() !== environment) {
    theirs.error(
      `it is of the environment ${quoted(theirs.text())}, and this stack of ${quoted(environment)}: environments share nothing`,
    );
  }
  const secretId = theirId.text();
  if (context.secretId === undefined || secretId === undefined) return;
  const trusted = document.field("secretIds").texts();
  const problem = trustProblem(secretsOf(context), { secretId, trusted: [secretId, ...trusted] });
  if (problem !== undefined) theirId.error(problem);
}

function readAddresses(
  cursor: Cursor,
  owner: string,
  claims: Claims,
  context: RegionContext,
): Addresses | undefined {
  const read = (field: Cursor, family: Family): string | undefined => {
    const text = field.text();
    if (text === undefined) return undefined;
    const parsed = parseAddress(text);
    if ("message" in parsed) field.error(parsed.message);
    else if (parsed.block.family !== family) field.error(`${quoted(text)} is of the other family`);
    else {
      const fleet = context.networks.get(FLEET);
      if (fleet !== undefined && !isWithin(fleet, parsed.block))
        field.error(`${quoted(text)} is not within the network "fleet" of the policy`);
      claims.addresses.claim(parsed.block.text, owner, field);
      return parsed.block.text;
    }
    return undefined;
  };
  const ipv4 = read(cursor.field("ipv4").field("address"), "ipv4");
  const ipv6 = read(cursor.field("ipv6"), "ipv6");
  const network = cursor.field("ipv4").field("network").text();
  if (ipv4 === undefined && ipv6 === undefined) return undefined;
  return {
    ...(ipv4 === undefined || network === undefined ? {} : { ipv4: { address: ipv4, network } }),
    ...(ipv6 === undefined ? {} : { ipv6 }),
  };
}
