import { createHash } from "node:crypto";
import { sshPublicKey } from "../../compiler/identity/openssh";
import { addressText } from "../../compiler/validate/cidr";

/** How large a generated fleet is. Every group has the same number of hosts, or one more. */
export interface FleetSize {
  hosts: number;
  /** At least 7: a group has six others as sources. */
  groups: number;
}

/** A server with an address in each family, both its own for good. */
export interface BenchHost {
  name: string;
  ipv4: string;
  ipv6: string;
}

export interface BenchService {
  name: string;
  /** As Palisade writes it, such as `8000-8010/tcp`. */
  port: string;
  /** Names of the two groups that may use it. */
  from: readonly [string, string];
}

export interface BenchGroup {
  name: string;
  services: readonly BenchService[];
  hosts: readonly BenchHost[];
}

/** What every group offers; each service has two source groups of its own. */
const SERVICES = [
  { name: "api", port: "443/tcp" },
  { name: "rpc", port: "8000-8010/tcp" },
  { name: "stats", port: "8125/udp" },
] as const;

const SOURCES = 2;

/** 198.18.0.0/15, for benchmarks (RFC 2544), and a part of what is for documentation (RFC 3849). */
export const FLEET_RANGES = ["198.18.0.0/15", "2001:db8:8000::/33"] as const;
const IPV4_BASE = 0xc6120000n;
const IPV6_BASE = 0x20010db8_8000_0000_0000_0000_0000_0000n;

/**
 * A fleet by its size alone: the same size gives the same fleet. Group n offers its three services to the six groups
 * after it, two each, so that every host has as many sources and peers in a large fleet as in a small one.
 * @throws if there are too few groups
 */
export function generateFleet({ hosts, groups }: FleetSize): BenchGroup[] {
  if (groups <= SERVICES.length * SOURCES) throw new Error(`${groups} groups are too few`);
  const nameOf = (index: number) => `g${String(index % groups).padStart(4, "0")}`;
  return Array.from({ length: groups }, (_, group) => ({
    name: nameOf(group),
    services: SERVICES.map((service, index) => ({
      ...service,
      from: [nameOf(group + SOURCES * index + 1), nameOf(group + SOURCES * index + 2)],
    })),
    hosts: Array.from({ length: Math.ceil((hosts - group) / groups) }, (_, member) =>
      makeHost(`${nameOf(group)}-${member + 1}`, member * groups + group),
    ),
  }));
}

/** Only even addresses: no two make up a larger block, as addresses that a cloud gave out at random seldom do. */
function makeHost(name: string, index: number): BenchHost {
  const offset = BigInt(2 * index + 2);
  return {
    name,
    ipv4: addressText("ipv4", IPV4_BASE + offset),
    ipv6: addressText("ipv6", IPV6_BASE + offset),
  };
}

/** A well-formed ssh-ed25519 public key, whose private part nobody has. */
export function sshKey(owner: string): string {
  return sshPublicKey({ publicBytes: createHash("sha256").update(owner).digest() });
}
