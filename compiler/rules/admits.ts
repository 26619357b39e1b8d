import type { Accept, Network, Origin, Port } from "../model";
import { lastAddress, overlaps, type Block } from "../validate/cidr";
import { portsOverlap } from "../validate/port";
import { blocksOf, isWithin } from "../validate/subnet";

export { portsOverlap };

/** One entry of a service's `from`, with the service's ports. */
export interface Rule {
  accept: Accept;
  origin: Origin;
}

function portContains(outer: Port, inner: Port): boolean {
  if (outer.protocol === "icmp" || inner.protocol === "icmp") return outer.protocol === inner.protocol;
  return outer.protocol === inner.protocol && outer.first <= inner.first && inner.last <= outer.last;
}

/** Whether a service takes all of a port's numbers by one of its own. */
export function takesPort(ports: readonly Port[], port: Port): boolean {
  return ports.some((own) => portContains(own, port));
}

/** Cuts a port where a rule's port begins or ends, so that each rule takes a piece whole or not at all. */
export function piecesOf(port: Port, rules: readonly Rule[]): Port[] {
  if (port.protocol === "icmp") return [port];
  const { protocol, first, last } = port;
  const cuts = rules
    .flatMap(({ accept }) => accept.ports)
    .flatMap((own) => (own.protocol === protocol ? [own.first, own.last + 1] : []))
    .filter((cut) => first < cut && cut <= last);
  const starts = [...new Set([first, ...cuts])].sort((a, b) => a - b);
  return starts.map((start, index) => ({
    protocol,
    first: start,
    last: (starts[index + 1] ?? last + 1) - 1,
  }));
}

/** A network's ranges, without those of servers, which no network source admits. */
export function outsideBlocks(network: Network, fleet: Network): Block[] {
  return blocksOf(network).filter((block) => !isWithin(fleet, block));
}

/** Whether these networks together hold all of a block. */
export function isCovered(block: Block, networks: readonly Network[]): boolean {
  const ranges = networks
    .flatMap(blocksOf)
    .filter((range) => overlaps(range, block))
    .sort((a, b) => (a.base < b.base ? -1 : a.base > b.base ? 1 : 0));
  let next = block.base;
  for (const range of ranges) {
    if (range.base > next) return false;
    if (lastAddress(range) >= next) next = lastAddress(range) + 1n;
  }
  return next > lastAddress(block);
}

/** Whether a network has addresses of a block. */
export function touches(network: Network, block: Block): boolean {
  return blocksOf(network).some((range) => overlaps(range, block));
}
