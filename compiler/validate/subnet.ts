import { LINODE_LIMITS } from "../clouds/linode-limits";
import type { Cloud, Network } from "../model";
import { contains, lastAddress, parseCidr, type Block } from "./cidr";

/** AWS keeps the first four addresses of a subnet and the last one; the same are left free everywhere. */
export const RESERVED_FIRST = 4n;

/** How many of the last addresses of a subnet each cloud keeps. */
export const RESERVED_LAST: Record<Cloud, number> = {
  aws: 1,
  linode: LINODE_LIMITS.subnetReservedLast.limit,
};

/** How many hosts a subnet has room for. */
export function capacity(subnet: Block, cloud: Cloud = "aws"): number {
  const usable = lastAddress(subnet) + 1n - BigInt(RESERVED_LAST[cloud]) - subnet.base - RESERVED_FIRST;
  return usable > 0n ? Number(usable) : 0;
}

/** Whether the cloud keeps this address of a subnet for itself. */
export function isReserved(subnet: Block, address: Block, cloud: Cloud): boolean {
  const last = lastAddress(subnet) - BigInt(RESERVED_LAST[cloud]);
  return address.base < subnet.base + RESERVED_FIRST || address.base > last;
}

const parsed = new WeakMap<Network, readonly Block[]>();

/** A network's ranges; read once, however many addresses are held against them. */
export function blocksOf(network: Network): readonly Block[] {
  const known = parsed.get(network);
  if (known !== undefined) return known;
  const blocks = [...network.ipv4, ...network.ipv6].flatMap((text) => {
    const range = parseCidr(text);
    return "block" in range ? [range.block] : [];
  });
  parsed.set(network, blocks);
  return blocks;
}

/** Whether one of the network's ranges holds all of the block. */
export function isWithin(network: Network, block: Block): boolean {
  return blocksOf(network).some((range) => contains(range, block));
}
