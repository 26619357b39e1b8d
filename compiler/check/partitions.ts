import { SECRET_KEYS, setSecret } from "../identity/keys";
import { secretsOf, trustProblem } from "../identity/trust";
import { entryOf } from "../load/entries";
import type { Stack, StackInput } from "../load/stack";
import type { Sibling } from "../load/siblings";
import type { HostSpec, Inventory } from "../model";
import { contains, overlaps, parseAddress, parseCidr, type Block } from "../validate/cidr";
import { Cursor } from "../validate/cursor";
import { quoted, unknownName } from "../validate/nearest";
import type { Report } from "../validate/report";
import { isWithin } from "../validate/subnet";
import { FLEET } from "../words";

interface Checked {
  document: Cursor;
  stack: string;
  inventory: Inventory;
  siblings: readonly Sibling[];
}

/**
 * What a stack must not share: with other environments nothing at all, with other regions of its own no host and no
 * address. Everything is told at the place in this stack's file that would have to change.
 */
export function checkPartitions(
  { inventory, policy, siblings }: Stack & { siblings: readonly Sibling[] },
  input: StackInput,
  report: Report,
): void {
  const { source } = input.inventory;
  if (source === undefined || input.project === undefined) return;
  const document = new Cursor(report, source, source.value);
  const checked: Checked = { document, stack: input.project.stack, inventory, siblings };
  checkRegionStacks(checked, [...input.project.siblings.keys()]);
  checkRegion(checked);
  checkHosts(checked);
  checkSubnets(checked);
  checkSecretId(checked);
  const fleet = policy.networks.get(FLEET);
  checkFailsafe(checked, (block) => fleet !== undefined && isWithin(fleet, block));
}

function checkRegionStacks(
  { document, stack, inventory, siblings }: Checked,
  known: readonly string[],
): void {
  for (const item of document.field("regionStacks").items()) {
    const name = item.text();
    if (name === undefined) continue;
    const sibling = siblings.find((one) => one.stack === name);
    if (name === stack) item.error("is this stack itself; name the environment's other regions");
    else if (!known.includes(name)) item.error(unknownName("stack", name, known));
    else if (sibling === undefined)
      item.error(`${quoted(name)} cannot be read; see: palisade check --stack ${name}`);
    else if (sibling.inventory.environment !== inventory.environment) {
      item.error(
        `${quoted(name)} is of the environment ${quoted(sibling.inventory.environment)}, and this stack of ${quoted(inventory.environment)}: environments share nothing`,
      );
    } else if (!sibling.inventory.regionStacks.includes(stack)) {
      item.warning(
        `${sibling.file} does not name ${quoted(stack)} among its regionStacks: its hosts will not know those of this stack`,
      );
    }
  }
}

/** Networks, and addresses in them, are told apart by environment and region. */
function checkRegion({ document, inventory, siblings }: Checked): void {
  for (const { file, inventory: other } of siblings) {
    if (other.environment !== inventory.environment || other.region !== inventory.region) continue;
    document
      .field("region")
      .error(
        `${quoted(inventory.region)} is the region of ${file} too; a region of an environment is one stack's`,
      );
  }
}

/** A host's name is its identity in the whole environment; an address is a host's in the whole project. */
function checkHosts({ document, inventory, siblings }: Checked): void {
  for (const sibling of siblings) {
    const names = new Set(sibling.inventory.hosts.map((host) => host.name));
    const addresses = new Set(sibling.inventory.hosts.flatMap(addressesOf));
    for (const host of inventory.hosts) {
      const item = entryOf(host, document);
      if (item === undefined) continue;
      if (sibling.inventory.environment === inventory.environment && names.has(host.name)) {
        item
          .field("name")
          .error(
            `${quoted(host.name)} is a host of ${sibling.file} too; a name is one host's in the environment`,
          );
      }
      for (const address of addressesOf(host)) {
        if (addresses.has(address)) {
          item.field("address").error(`${quoted(address)} is the address of a host in ${sibling.file} too`);
        } else if (host.on === "existing") checkNotInSubnet(item.field("address"), address, sibling);
      }
    }
  }
}

function addressesOf(host: HostSpec): string[] {
  if (host.on !== "existing") return host.address === undefined ? [] : [host.address];
  return [host.ipv4, host.ipv6].flatMap((address) => address ?? []);
}

function checkNotInSubnet(cursor: Cursor, address: string, { file, inventory }: Sibling): void {
  const parsed = parseAddress(address);
  if ("message" in parsed) return;
  for (const subnet of subnetsOf(inventory)) {
    if (contains(subnet, parsed.block)) {
      cursor.error(`${quoted(address)} is within the subnet ${subnet.text} of ${file}`);
    }
  }
}

function checkSubnets({ document, inventory, siblings }: Checked): void {
  for (const [cloud, text] of Object.entries(inventory.subnets)) {
    const block = blockOf(text);
    const cursor = document.field("subnets").field(cloud);
    for (const sibling of siblings) {
      const other = subnetsOf(sibling.inventory).find((one) => block !== undefined && overlaps(one, block));
      if (other !== undefined) {
        cursor.error(`${quoted(text)} overlaps the subnet ${other.text} of ${sibling.file}`);
      }
    }
  }
}

function subnetsOf({ subnets }: Inventory): Block[] {
  return Object.values(subnets).flatMap((text) => blockOf(text) ?? []);
}

function blockOf(text: string): Block | undefined {
  const parsed = parseCidr(text);
  return "message" in parsed ? undefined : parsed.block;
}

/** A failsafe out of another environment's servers would let them in; one that holds all the world is warned of before. */
function checkFailsafe(
  { document, inventory, siblings }: Checked,
  isOfServers: (block: Block) => boolean,
): void {
  const others = siblings.filter((sibling) => sibling.inventory.environment !== inventory.environment);
  for (const item of document.field("failsafe").items()) {
    const block = blockOf(item.text() ?? "");
    if (block === undefined || !isOfServers(block)) continue;
    const sibling = others.find((one) => servers(one.inventory).some((server) => overlaps(server, block)));
    if (sibling !== undefined) {
      item.error(
        `${quoted(block.text)} holds servers of the environment ${quoted(sibling.inventory.environment)} (${sibling.file}): environments share nothing`,
      );
    }
  }
}

function servers(inventory: Inventory): Block[] {
  const hosts = inventory.hosts.flatMap(addressesOf).flatMap((address) => {
    const parsed = parseAddress(address);
    return "message" in parsed ? [] : parsed.block;
  });
  return [...subnetsOf(inventory), ...hosts];
}

/** One secret an environment: the same in all its regions, or one that they trust as well, and in no other environment. */
function checkSecretId({ document, inventory, siblings }: Checked): void {
  const own = secretsOf(inventory);
  for (const { file, inventory: other } of siblings) {
    const theirs = secretsOf(other);
    if (other.environment === inventory.environment) {
      const problem = trustProblem(own, theirs);
      if (problem !== undefined) {
        document.field("secretId").error(`${file}, of the same environment: ${problem}`);
      }
      continue;
    }
    for (const key of SECRET_KEYS) {
      const id = inventory[`${key}Id`];
      if (id === undefined || !theirs.trusted.includes(id)) continue;
      document
        .field(`${key}Id`)
        .error(
          `${file}, of the environment ${quoted(other.environment)}, has the same secret; make this one its own with: ${setSecret(key)}`,
        );
    }
  }
}
