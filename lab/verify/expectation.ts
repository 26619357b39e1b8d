import ipaddr from "ipaddr.js";
import type { Accept, Addresses, FleetModel, HostModel, Network, Port } from "../../compiler/model";

/** One attempt to be made, and what the policy says of it. */
export interface Probe {
  /** A host of the stack, or `net:NAME` for somebody outside. */
  from: string;
  to: string;
  /** The source address to use; absent where the kernel may choose. */
  source?: string;
  address: string;
  family: 4 | 6;
  protocol: "tcp" | "udp";
  port: number;
  expected: "allowed" | "denied";
  /** Whether it must travel through IPsec: it is allowed, and between two hosts. */
  encrypted: boolean;
}

/** A network's representative in the lab. */
export interface Outsider {
  name: string;
  address: string;
}

/** A port that no service of the sample names, and that must therefore be closed. */
export const UNNAMED_PORT = 40404;
/** Where SSH listens on every host. */
export const SSH_PORT = 22;

interface Endpoint {
  protocol: "tcp" | "udp";
  port: number;
}

/** The ports to try: both ends of every range that the policy names, SSH, and one that nobody names. */
export function endpoints(fleet: FleetModel): Endpoint[] {
  const named = [...fleet.hosts.values()].flatMap((host) => host.accepts.flatMap((accept) => accept.ports));
  const all = named.flatMap((port) =>
    port.protocol === "icmp"
      ? []
      : [...new Set([port.first, port.last])].map((number) => ({ protocol: port.protocol, port: number })),
  );
  all.push({ protocol: "tcp", port: SSH_PORT }, { protocol: "tcp", port: UNNAMED_PORT });
  const unique = new Map(all.map((endpoint) => [`${endpoint.protocol}:${endpoint.port}`, endpoint]));
  return [...unique.values()].sort((a, b) => a.port - b.port);
}

function covers(port: Port, endpoint: Endpoint): boolean {
  return (
    port.protocol !== "icmp" &&
    port.protocol === endpoint.protocol &&
    port.first <= endpoint.port &&
    endpoint.port <= port.last
  );
}

function contains(blocks: readonly string[], address: string): boolean {
  const parsed = ipaddr.parse(address);
  return blocks.some((block) => {
    const [base, length] = ipaddr.parseCIDR(block);
    return base.kind() === parsed.kind() && parsed.match(base, length);
  });
}

function inNetwork(network: Network, address: string): boolean {
  return contains([...network.ipv4, ...network.ipv6], address);
}

function accepting(host: HostModel, endpoint: Endpoint): Accept[] {
  return host.accepts.filter((accept) => accept.ports.some((port) => covers(port, endpoint)));
}

/** Whether IPv4 joins the two: only inside one routing domain. */
function joined(family: 4 | 6, from: Addresses, to: Addresses): boolean {
  return family === 6
    ? from.ipv6 !== undefined && to.ipv6 !== undefined
    : from.ipv4 !== undefined && from.ipv4.network === to.ipv4?.network;
}

function addressesOf(addresses: Addresses): { family: 4 | 6; address: string }[] {
  return [
    ...(addresses.ipv4 === undefined ? [] : [{ family: 4 as const, address: addresses.ipv4.address }]),
    ...(addresses.ipv6 === undefined ? [] : [{ family: 6 as const, address: addresses.ipv6 }]),
  ];
}

/** Every attempt from every host to every other. */
export function* probesBetweenHosts(fleet: FleetModel, book: Map<string, Addresses>): Generator<Probe> {
  const tried = endpoints(fleet);
  for (const to of fleet.hosts.values()) {
    for (const from of fleet.hosts.values()) {
      if (from.name === to.name) continue;
      const [source, target] = [book.get(from.name) ?? {}, book.get(to.name) ?? {}];
      for (const { family, address } of addressesOf(target)) {
        if (!addressesOf(source).some((own) => own.family === family)) continue;
        for (const endpoint of tried) {
          const allowed =
            joined(family, source, target) &&
            !from.isolated &&
            accepting(to, endpoint).some((accept) =>
              accept.origins.some((origin) => origin.kind === "group" && origin.hosts.includes(from.name)),
            );
          yield {
            from: from.name,
            to: to.name,
            address,
            family,
            ...endpoint,
            expected: allowed ? "allowed" : "denied",
            encrypted: allowed,
          };
        }
      }
    }
  }
}

/** Every attempt from somebody outside the fleet. */
export function* probesFromOutside(
  fleet: FleetModel,
  book: Map<string, Addresses>,
  outsiders: Outsider[],
): Generator<Probe> {
  const tried = endpoints(fleet);
  for (const outsider of outsiders) {
    const ownFamily = outsider.address.includes(":") ? 6 : 4;
    const isServer = inNetwork(fleet.fleet, outsider.address);
    for (const to of fleet.hosts.values()) {
      for (const { family, address } of addressesOf(book.get(to.name) ?? {})) {
        if (family !== ownFamily) continue;
        for (const endpoint of tried) {
          const failsafe = endpoint.port === SSH_PORT && contains(fleet.failsafe, outsider.address);
          const allowed = accepting(to, endpoint).some((accept) =>
            accept.origins.some(
              (origin) => origin.kind === "network" && inNetwork(origin.network, outsider.address),
            ),
          );
          yield {
            from: outsider.name,
            to: to.name,
            source: outsider.address,
            address,
            family,
            ...endpoint,
            expected: failsafe || (allowed && !isServer) ? "allowed" : "denied",
            encrypted: false,
          };
        }
      }
    }
  }
}

/** Attempts from hosts of this stack to those of another environment: none may succeed. */
export function* probesToStrangers(fleet: FleetModel, strangers: Map<string, Addresses>): Generator<Probe> {
  const tried = endpoints(fleet);
  for (const from of fleet.hosts.values()) {
    for (const [name, addresses] of strangers) {
      for (const { family, address } of addressesOf(addresses)) {
        for (const endpoint of tried) {
          yield {
            from: from.name,
            to: name,
            address,
            family,
            ...endpoint,
            expected: "denied",
            encrypted: false,
          };
        }
      }
    }
  }
}
