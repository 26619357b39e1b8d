import type { AddressBook } from "../../../compiler/model";
import type { Packet, Verdict } from "./evaluator";
import { readAddress, readCidr } from "./parsed";
import { TODAY } from "./sample";
import { ENVIRONMENT, type World, type WorldHost, type WorldService } from "./world";

/*
 * What should happen to a new packet, straight from the policy as people write it. It shares no code with the
 * compiler: host by host and service by service, as slow and as plain as it can be.
 */

function within(address: string, ranges: readonly string[]): boolean {
  const parsed = readAddress(address);
  return ranges.some((text) => {
    const range = readCidr(text);
    return range[0].kind() === parsed.kind() && parsed.match(range);
  });
}

function isInGroup(host: WorldHost, group: string): boolean {
  return group === "all" || host.groups.includes(group);
}

function holdsNow(grant: { environments?: string[]; until?: string }): boolean {
  return (
    (grant.environments?.includes(ENVIRONMENT) ?? true) && (grant.until === undefined || TODAY < grant.until)
  );
}

function coversPort(service: WorldService, packet: Packet): boolean {
  return service.ports.some((text) => {
    if (text === "icmp") return packet.protocol === "icmp";
    const [range = "", protocol] = text.split("/");
    const [low = NaN, high = low] = range.split("-").map(Number);
    const port = packet.destinationPort ?? NaN;
    return packet.protocol === protocol && low <= port && port <= high;
  });
}

/** The services a host offers, each with the group that it offers it for. */
function servicesOf(world: World, host: WorldHost): { group: string; service: WorldService }[] {
  return Object.entries(world.groups)
    .filter(([group]) => isInGroup(host, group))
    .flatMap(([group, { services }]) => Object.values(services).map((service) => ({ group, service })))
    .filter(({ service }) => holdsNow(service));
}

function namesHost(source: string, group: string, from: WorldHost): boolean {
  if (source === "any") return true;
  return isInGroup(from, source === "self" ? group : source);
}

/** Whether the policy lets `from` use any service of `to`. */
function hasFlow(world: World, from: WorldHost, to: WorldHost): boolean {
  if (from.name === to.name || [from, to].some((host) => world.isolated.includes(host.name))) return false;
  return servicesOf(world, to).some(({ group, service }) =>
    service.from.some((source) => !source.startsWith("net:") && namesHost(source, group, from)),
  );
}

/** Whether two hosts are to have a connection. */
export function arePeers(world: World, a: WorldHost, b: WorldHost): boolean {
  return hasFlow(world, a, b) || hasFlow(world, b, a);
}

/** The host whose address this is, as `to` sees it: by IPv4 only in its own cloud. */
function senderOf(world: World, book: AddressBook, to: WorldHost, packet: Packet): WorldHost | undefined {
  const hasIpv4 = book.get(to.name)?.ipv4 !== undefined;
  return world.hosts.find((host) => {
    const addresses = book.get(host.name);
    if (packet.family === "ipv6") return addresses?.ipv6 === packet.source;
    return hasIpv4 && host.on === to.on && addresses?.ipv4?.address === packet.source;
  });
}

/** What the policy says of a new packet to a host, that is no answer to anything. */
export function expectedVerdict(world: World, book: AddressBook, to: WorldHost, packet: Packet): Verdict {
  const isFailsafe =
    packet.protocol === "tcp" && packet.destinationPort === 22 && within(packet.source, world.failsafe);
  const isIsolated = world.isolated.includes(to.name);
  const sender = senderOf(world, book, to, packet);
  // What comes through IPsec comes from a peer, through that peer's own association.
  if (packet.ipsec && !isIsolated) {
    if (sender === undefined || !arePeers(world, sender, to)) return "DROP";
    const through = senderOf(world, book, to, { ...packet, ...endOf(packet) });
    if (through !== sender) return "DROP";
  }
  if (isFailsafe) return "ACCEPT";
  if (isIsolated) return "DROP";
  if (sender !== undefined && isIke(packet) && arePeers(world, sender, to)) return "ACCEPT";
  const isServer = within(packet.source, world.networks["fleet"] ?? []);
  const isNeighbour = within(packet.source, ["fe80::/10", "169.254.0.0/16"]);
  const allowed = servicesOf(world, to).some(
    ({ group, service }) =>
      coversPort(service, packet) &&
      service.from.some((source) => {
        if (source.startsWith("net:")) {
          const ranges = world.networks[source.slice("net:".length)] ?? [];
          return !packet.ipsec && !isServer && !isNeighbour && within(packet.source, ranges);
        }
        if (sender === undefined || sender.name === to.name || !packet.ipsec) return false;
        return !world.isolated.includes(sender.name) && namesHost(source, group, sender);
      }),
  );
  return allowed ? "ACCEPT" : "DROP";
}

/** The address at which the packet's association was made, and its family. */
function endOf({ source, through = source }: Packet): Pick<Packet, "source" | "family"> {
  return { source: through, family: through.includes(":") ? "ipv6" : "ipv4" };
}

function isIke(packet: Packet): boolean {
  if (packet.protocol === "esp") return true;
  return packet.protocol === "udp" && [500, 4500].includes(packet.destinationPort ?? NaN);
}
