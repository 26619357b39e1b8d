import ipaddr from "ipaddr.js";

/** A block of addresses of one family, as numbers; `last` is inclusive. */
export interface Block {
  family: 4 | 6;
  first: bigint;
  last: bigint;
  /** Prefix length. */
  length: number;
}

/** Reads CIDR notation. Undefined if it is none, or if it has bits set behind its prefix. */
export function parseBlock(cidr: string): Block | undefined {
  if (!/^[0-9a-fA-F.:]+\/\d{1,3}$/.test(cidr) || !ipaddr.isValidCIDR(cidr)) return undefined;
  const [address, length] = ipaddr.parseCIDR(cidr);
  const family = address.kind() === "ipv4" ? 4 : 6;
  const first = asNumber(address);
  const size = 1n << BigInt((family === 4 ? 32 : 128) - length);
  return first % size === 0n ? { family, first, last: first + size - 1n, length } : undefined;
}

/** The number of an address; undefined if the text is none of that family. */
export function parseAddress(address: string, family: 4 | 6): bigint | undefined {
  const valid = family === 4 ? ipaddr.IPv4.isValidFourPartDecimal(address) : ipaddr.IPv6.isValid(address);
  return valid ? asNumber(ipaddr.parse(address)) : undefined;
}

/** The canonical text of an IPv6 address. */
export function formatIpv6(address: bigint): string {
  const parts = Array.from({ length: 8 }, (_, index) =>
    Number((address >> BigInt(112 - 16 * index)) & 0xffffn),
  );
  return new ipaddr.IPv6(parts).toString();
}

export function contains(outer: Block, inner: Block): boolean {
  return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;
}

export function overlaps(one: Block, other: Block): boolean {
  return one.family === other.family && one.first <= other.last && other.first <= one.last;
}

export function holds(block: Block, address: bigint): boolean {
  return block.first <= address && address <= block.last;
}

function asNumber(address: ipaddr.IPv4 | ipaddr.IPv6): bigint {
  return address.toByteArray().reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}
