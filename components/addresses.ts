import ipaddr from "ipaddr.js";

export { placeHosts as planAddresses, type Place as PlannedAddress } from "../compiler/decide/places";

/**
 * The address at an offset from the start of an IPv6 block.
 * @param block CIDR, such as `2001:db8::/64`
 * @param offset from 0 to 2^32 - 1
 */
export function nthAddress(block: string, offset: number): string {
  const [base] = ipaddr.IPv6.parseCIDR(block);
  const bytes = Buffer.from(base.toByteArray());
  bytes.writeUInt32BE(bytes.readUInt32BE(12) + offset, 12);
  return new ipaddr.IPv6([...bytes]).toString();
}

/**
 * One of the /64 blocks that a network's IPv6 block holds.
 * @param block CIDR of a /56, as Amazon gives it
 * @param index from 0 to 255
 */
export function nthSubnet(block: string, index: number): string {
  const [base] = ipaddr.IPv6.parseCIDR(block);
  const bytes = Buffer.from(base.toByteArray());
  bytes.writeUInt8(bytes.readUInt8(7) + index, 7);
  return `${new ipaddr.IPv6([...bytes]).toString()}/64`;
}
