import ipaddr from "ipaddr.js";

export type Family = "ipv4" | "ipv6";

/** An address block: `bits` of `base` are fixed. A single address has all of them. */
export interface Block {
  family: Family;
  /** Big-endian value of the first address. */
  base: bigint;
  bits: number;
  /** Canonical text (RFC 5952 for IPv6), with the prefix length unless it is a single address. */
  text: string;
}

const WIDTH: Record<Family, number> = { ipv4: 32, ipv6: 128 };

function toNumber(address: ipaddr.IPv4 | ipaddr.IPv6): bigint {
  return BigInt(`0x${Buffer.from(address.toByteArray()).toString("hex")}`);
}

/** The canonical text of an address given as a number. */
export function addressText(family: Family, value: bigint): string {
  const bytes = Buffer.from(value.toString(16).padStart(WIDTH[family] / 4, "0"), "hex");
  return family === "ipv4"
    ? new ipaddr.IPv4([...bytes]).toString()
    : new ipaddr.IPv6([...bytes]).toRFC5952String();
}

/** Strict: four decimal parts without leading zeros, or RFC 4291 text without a zone. */
function parseStrict(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  // Told apart first: what is not valid costs ipaddr.js an exception.
  if (!text.includes(":")) {
    return ipaddr.IPv4.isValidFourPartDecimal(text) ? ipaddr.IPv4.parse(text) : undefined;
  }
  return text.includes("%") || !ipaddr.IPv6.isValid(text) ? undefined : ipaddr.IPv6.parse(text);
}

/** One address. */
export function parseAddress(text: string): { block: Block } | { message: string } {
  const address = parseStrict(text);
  if (address === undefined) return { message: `"${text}" is not an IPv4 or IPv6 address` };
  const family = address.kind();
  const base = toNumber(address);
  if (family === "ipv6" && base >> 32n === 0xffffn) {
    return {
      message: `"${text}" is an IPv4-mapped IPv6 address; write ${addressText("ipv4", base & 0xffffffffn)}`,
    };
  }
  return { block: { family, base, bits: WIDTH[family], text: addressText(family, base) } };
}

/** A CIDR block with no host bits set. */
export function parseCidr(text: string): { block: Block } | { message: string } {
  const [address = "", length, ...rest] = text.split("/");
  const parsed = parseAddress(address);
  if ("message" in parsed || rest.length > 0) {
    return { message: `"${text}" is not a range in CIDR notation such as 203.0.113.0/24 or 2001:db8::/32` };
  }
  const { family, base } = parsed.block;
  const width = WIDTH[family];
  if (length === undefined) {
    return {
      message: `"${text}" has no prefix length; for this one address write ${parsed.block.text}/${width}`,
    };
  }
  const bits = Number(length);
  if (!/^(0|[1-9]\d{0,2})$/.test(length) || bits > width) {
    return { message: `"${text}" has the prefix length ${length}, which is not from 0 to ${width}` };
  }
  const hostBits = BigInt(width - bits);
  const first = (base >> hostBits) << hostBits;
  const canonical = `${addressText(family, first)}/${bits}`;
  if (first !== base) return { message: `"${text}" has host bits set; the range is ${canonical}` };
  return { block: { family, base, bits, text: canonical } };
}

/** Whether `outer` holds all of `inner`. */
export function contains(outer: Block, inner: Block): boolean {
  if (outer.family !== inner.family || outer.bits > inner.bits) return false;
  const shift = BigInt(WIDTH[outer.family] - outer.bits);
  return outer.base >> shift === inner.base >> shift;
}

/** Whether the two have an address in common. */
export function overlaps(a: Block, b: Block): boolean {
  return contains(a, b) || contains(b, a);
}

/** The block's last address. */
export function lastAddress(block: Block): bigint {
  return block.base + (1n << BigInt(WIDTH[block.family] - block.bits)) - 1n;
}
