import { type AwsGroup, ISOLATED } from "../../../compiler/clouds/aws-groups";
import type { EdgeTraffic } from "../../../compiler/clouds/edge";
import type { AddressBook } from "../../../compiler/model";
import type { Packet } from "./evaluator";
import { readAddress, readCidr } from "./parsed";

/*
 * Reads security groups as AWS would and decides on one packet. It shares no code with what decides which rules there
 * are: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
 */

/** A host as AWS sees it; of one elsewhere it knows no groups. */
export interface EdgeHost {
  name: string;
  groups: readonly string[];
  onAws: boolean;
}

/** All that is behind, or before, the security groups of one network. */
export interface Edge {
  groups: readonly AwsGroup[];
  hosts: readonly EdgeHost[];
  book: AddressBook;
}

/** Whether AWS lets a packet through to a host. What comes through IPsec is ESP there. */
export function letsThrough({ groups, hosts, book }: Edge, to: EdgeHost, packet: Packet): boolean {
  const sender = hosts.find(({ name }) => {
    const addresses = book.get(name);
    return packet.family === "ipv6"
      ? addresses?.ipv6 === packet.source
      : addresses?.ipv4?.address === packet.source;
  });
  return groups
    .filter(({ group }) => to.groups.includes(group))
    .some(
      (group) =>
        group.rules.some(({ source, traffic }) => isFrom(packet, source) && isOf(packet, traffic)) ||
        (isIpsec(packet) && sender !== undefined && isPeer(group, sender, packet)),
    );
}

/** A reference means the interfaces in a security group of the same network; a list means addresses. */
function isPeer(group: AwsGroup, sender: EdgeHost, packet: Packet): boolean {
  if (sender.onAws && group.references.some((name) => sender.groups.includes(name))) return true;
  return packet.family === "ipv6" && group.elsewhere.includes(sender.name);
}

function isFrom({ source }: Packet, block: string): boolean {
  const [address, range] = [readAddress(source), readCidr(block)];
  return address.kind() === range[0].kind() && address.match(range);
}

function isIpsec({ protocol, destinationPort }: Packet): boolean {
  return protocol === "esp" || (protocol === "udp" && (destinationPort === 500 || destinationPort === 4500));
}

function isOf(packet: Packet, traffic: EdgeTraffic): boolean {
  if (traffic.protocol !== packet.protocol) return false;
  if (traffic.protocol === "icmp") {
    return (
      traffic.family === packet.family &&
      (traffic.type === undefined || String(traffic.type) === packet.icmpType)
    );
  }
  if (traffic.protocol === "esp") return true;
  const port = packet.destinationPort ?? NaN;
  return traffic.first <= port && port <= traffic.last;
}

/** The groups that a host's interface is in, by the words of docs/architecture.md. */
export function interfaceGroups(groups: readonly string[], isIsolated: boolean): readonly string[] {
  return isIsolated ? [ISOLATED] : groups;
}
