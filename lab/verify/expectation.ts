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

/** A stack's hosts as they were deployed, among those of all that are tried together. */
export interface Site {
  stack: string;
  model: FleetModel;
  /** Addresses of the stack's hosts, by name. */
  book: ReadonlyMap<string, Addresses>;
  /** Stacks of the environment's other regions that this one knows. */
  regionStacks: readonly string[];
  /** What a host of the stack is called among all. */
  label: (host: string) => string;
}

/** Whether either knows the other's hosts: only then does a flow from one to the other have both ends. */
function acquainted(one: Site, other: Site): boolean {
  if (one.stack === other.stack) return true;
  return one.regionStacks.includes(other.stack) && other.regionStacks.includes(one.stack);
}

/** Every attempt from every host of one stack to every one of another, or of the same. */
export function* probesBetweenHosts(source: Site, target: Site): Generator<Probe> {
  const tried = endpoints(target.model);
  const known = acquainted(source, target);
  for (const to of target.model.hosts.values()) {
    for (const from of source.model.hosts.values()) {
      if (from.name === to.name && source.stack === target.stack) continue;
      const [own, theirs] = [source.book.get(from.name) ?? {}, target.book.get(to.name) ?? {}];
      for (const { family, address } of addressesOf(theirs)) {
        if (!addressesOf(own).some((one) => one.family === family)) continue;
        for (const endpoint of tried) {
          const allowed =
            known &&
            joined(family, own, theirs) &&
            !from.isolated &&
            accepting(to, endpoint).some((accept) =>
              accept.origins.some((origin) => origin.kind === "group" && origin.hosts.includes(from.name)),
            );
          yield {
            ...{ from: source.label(from.name), to: target.label(to.name), address, family, ...endpoint },
            ...{ expected: allowed ? "allowed" : "denied", encrypted: allowed },
          };
        }
      }
    }
  }
}

/** Every attempt from somebody outside the fleet. */
export function* probesFromOutside({ model, book, label }: Site, outsiders: Outsider[]): Generator<Probe> {
  const tried = endpoints(model);
  for (const outsider of outsiders) {
    const ownFamily = outsider.address.includes(":") ? 6 : 4;
    const isServer = inNetwork(model.fleet, outsider.address);
    for (const to of model.hosts.values()) {
      for (const { family, address } of addressesOf(book.get(to.name) ?? {})) {
        if (family !== ownFamily) continue;
        for (const endpoint of tried) {
          const failsafe = endpoint.port === SSH_PORT && contains(model.failsafe, outsider.address);
          const allowed = accepting(to, endpoint).some((accept) =>
            accept.origins.some(
              (origin) => origin.kind === "network" && inNetwork(origin.network, outsider.address),
            ),
          );
          yield {
            ...{ from: outsider.name, to: label(to.name), source: outsider.address, address, family },
            ...endpoint,
            expected: failsafe || (allowed && !isServer) ? "allowed" : "denied",
            encrypted: false,
          };
        }
      }
    }
  }
}

/**
 * Attempts from hosts of a stack to those of another environment: none may succeed.
 * @param strangers addresses by what the host is called
 */
export function* probesToStrangers(
  { model, label }: Site,
  strangers: ReadonlyMap<string, Addresses>,
): Generator<Probe> {
  const tried = endpoints(model);
  for (const from of model.hosts.values()) {
    for (const [to, addresses] of strangers) {
      for (const { family, address } of addressesOf(addresses)) {
        for (const endpoint of tried) {
          yield {
            ...{ from: label(from.name), to, address, family, ...endpoint },
            ...{ expected: "denied", encrypted: false },
          };
        }
      }
    }
  }
}
