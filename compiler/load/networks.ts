import type { Network } from "../model";
import { sortedMap, sortedUnique } from "../text";
import { contains, parseCidr, type Block } from "../validate/cidr";
import type { Cursor } from "../validate/cursor";
import { FLEET } from "../words";

/** A CIDR block written at a cursor; otherwise says what is wrong with it. */
export function readCidr(cursor: Cursor): Block | undefined {
  const text = cursor.text();
  if (text === undefined) return undefined;
  const parsed = parseCidr(text);
  if ("block" in parsed) return parsed.block;
  cursor.error(parsed.message);
  return undefined;
}

/** A list of CIDR blocks, without those that are wrong; the same block twice is a problem. */
export function readCidrs(cursor: Cursor): Block[] {
  const blocks = new Map<string, Block>();
  for (const item of cursor.items()) {
    const block = readCidr(item);
    if (block === undefined) continue;
    if (blocks.has(block.text)) item.error(`${block.text} is listed twice`);
    blocks.set(block.text, block);
  }
  return [...blocks.values()];
}

/** The networks of networks.json. */
export function readNetworks(document: Cursor): Map<string, Network> {
  const networks = document.field("networks");
  const fleet = readCidrs(networks.field(FLEET)).filter((block) => block.bits > 0);
  return sortedMap(
    networks.entries().map(([name, cursor]) => {
      if (name !== FLEET) refuseServers(cursor, fleet);
      return [name, readNetwork(name, cursor)];
    }),
  );
}

/** Servers are named by their groups: a network of their addresses would admit nobody, or another environment. */
function refuseServers(cursor: Cursor, fleet: readonly Block[]): void {
  for (const item of cursor.items()) {
    const parsed = parseCidr(item.text() ?? "");
    if ("message" in parsed || !fleet.some((block) => contains(block, parsed.block))) continue;
    item.error(`${parsed.block.text} is within "fleet", where servers are: name their group instead`);
  }
}

function readNetwork(name: string, cursor: Cursor): Network {
  const blocks = readCidrs(cursor);
  if (name === FLEET && blocks.some((block) => block.bits === 0)) {
    cursor.error("the fleet cannot be the whole internet: nothing outside could be told from a server");
  }
  const texts = (family: Block["family"]) =>
    sortedUnique(blocks.filter((block) => block.family === family).map((block) => block.text));
  return { name, ipv4: texts("ipv4"), ipv6: texts("ipv6") };
}
