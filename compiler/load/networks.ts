import type { Network } from "../model";
import { sortedMap, sortedUnique } from "../text";
import { parseCidr, type Block } from "../validate/cidr";
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
  return sortedMap(
    document
      .field("networks")
      .entries()
      .map(([name, cursor]) => [name, readNetwork(name, cursor)]),
  );
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
