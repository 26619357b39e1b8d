import type { CloudRule } from "../../../compiler/clouds/linode-rules";
import type { AddressBook } from "../../../compiler/model";
import type { Packet, Verdict } from "./evaluator";
import { readAddress, readCidr } from "./parsed";

/*
 * Decides on one packet as Linode's Cloud Firewall does, first match first. It shares no code with what makes the rules.
 */

/** @param book where peers' addresses are */
export function decideCloud(rules: readonly CloudRule[], packet: Packet, book: AddressBook): Verdict {
  const rule = rules.find(
    (one) =>
      matchesProtocol(one, packet) && matchesPort(one.ports, packet) && matchesSource(one, packet, book),
  );
  return rule?.action ?? "ACCEPT";
}

function matchesProtocol({ protocol }: CloudRule, packet: Packet): boolean {
  return protocol.toLowerCase() === packet.protocol;
}

function matchesPort(ports: string | undefined, { destinationPort }: Packet): boolean {
  if (ports === undefined) return true;
  if (destinationPort === undefined) return false;
  return ports.split(",").some((part) => {
    const [first, last = first] = part.trim().split("-").map(Number);
    return Number(first) <= destinationPort && destinationPort <= Number(last);
  });
}

function matchesSource({ sources }: CloudRule, packet: Packet, book: AddressBook): boolean {
  const address = readAddress(packet.source);
  if (sources.kind === "peers") {
    return sources.peers.some(({ host, family }) => {
      const known = book.get(host);
      const theirs = family === "ipv4" ? known?.ipv4?.address : known?.ipv6;
      return family === packet.family && theirs === packet.source;
    });
  }
  return sources.ranges.some((text) => {
    const range = readCidr(text);
    return range[0].kind() === address.kind() && address.match(range);
  });
}
