import type { Network, Port } from "../model";
import { addressText, lastAddress, parseCidr, type Family } from "../validate/cidr";
import { common, merged, without, type Interval } from "./intervals";

/** Sets of addresses, one a family. */
export type Addresses = Record<Family, Interval[]>;

const FAMILIES: readonly Family[] = ["ipv4", "ipv6"];
const WIDTH: Record<Family, number> = { ipv4: 32, ipv6: 128 };

function each(make: (family: Family) => Interval[]): Addresses {
  return { ipv4: make("ipv4"), ipv6: make("ipv6") };
}

/** The addresses of CIDR blocks. */
export function addressesOf(ranges: readonly string[]): Addresses {
  const blocks = ranges.flatMap((range) => {
    const parsed = parseCidr(range);
    return "block" in parsed ? [parsed.block] : [];
  });
  return each((family) =>
    merged(
      blocks
        .filter((block) => block.family === family)
        .map((block) => ({ first: block.base, last: lastAddress(block) })),
    ),
  );
}

/** What of a network is outside: its addresses without those of servers. */
export function outsideOf(network: Network, fleet: Network): Addresses {
  const all = addressesOf([...network.ipv4, ...network.ipv6]);
  return minus(all, addressesOf([...fleet.ipv4, ...fleet.ipv6]));
}

export function minus(a: Addresses, b: Addresses): Addresses {
  return each((family) => without(a[family], b[family]));
}

export function both(a: Addresses, b: Addresses): Addresses {
  return each((family) => common(a[family], b[family]));
}

export function union(sets: readonly Addresses[]): Addresses {
  return each((family) => merged(sets.flatMap((set) => set[family])));
}

export function isEmpty(set: Addresses): boolean {
  return FAMILIES.every((family) => set[family].length === 0);
}

/** The fewest CIDR blocks that are exactly these addresses, IPv4 first. */
export function cidrsOf(set: Addresses): string[] {
  return FAMILIES.flatMap((family) => set[family].flatMap((interval) => blocksOf(family, interval)));
}

function blocksOf(family: Family, { first, last }: Interval): string[] {
  const blocks: string[] = [];
  for (let base = first; base <= last;) {
    let free = 0;
    const size = () => 1n << BigInt(free + 1);
    while (free < WIDTH[family] && base % size() === 0n && base + size() - 1n <= last) free++;
    blocks.push(`${addressText(family, base)}/${WIDTH[family] - free}`);
    base += 1n << BigInt(free);
  }
  return blocks;
}

/** Ports without those that others hold, as the fewest ranges. */
export function portsWithout(ports: readonly Port[], taken: readonly Port[]): Port[] {
  const of = (all: readonly Port[], protocol: "tcp" | "udp"): Interval[] =>
    all.flatMap((port) =>
      port.protocol === protocol ? [{ first: BigInt(port.first), last: BigInt(port.last) }] : [],
    );
  const numbered = (["tcp", "udp"] as const).flatMap((protocol) =>
    without(of(ports, protocol), of(taken, protocol)).map(({ first, last }): Port => ({
      protocol,
      first: Number(first),
      last: Number(last),
    })),
  );
  const hasIcmp = (all: readonly Port[]) => all.some(({ protocol }) => protocol === "icmp");
  return [...numbered, ...(hasIcmp(ports) && !hasIcmp(taken) ? [{ protocol: "icmp" as const }] : [])];
}
