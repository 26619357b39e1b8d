import ipaddr from "ipaddr.js";
import { chooseAddresses } from "../compiler/decide/addresses";
import type { Inventory } from "../compiler/model";

/** A cloud host's place in its subnet, known before the host exists. */
export interface PlannedAddress {
  /** Private IPv4 address. */
  ipv4: string;
  /** Distance from the subnet's first address; the same in IPv6. */
  offset: number;
}

/** Chooses the places of all cloud hosts, by host name. */
export function planAddresses(inventory: Inventory): Map<string, PlannedAddress> {
  const planned = new Map<string, PlannedAddress>();
  for (const cloud of ["aws", "linode"] as const) {
    const subnet = inventory.subnets[cloud];
    if (subnet === undefined) continue;
    const [base] = ipaddr.IPv4.parseCIDR(subnet);
    const hosts = inventory.hosts.filter((host) => host.on === cloud);
    for (const [name, ipv4] of chooseAddresses(subnet, hosts, cloud)) {
      planned.set(name, { ipv4, offset: asNumber(ipaddr.IPv4.parse(ipv4)) - asNumber(base) });
    }
  }
  return planned;
}

function asNumber(address: ipaddr.IPv4): number {
  return Buffer.from(address.toByteArray()).readUInt32BE();
}

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
