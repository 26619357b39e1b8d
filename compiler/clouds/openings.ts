import { compareText, sortedUnique } from "../text";
import { contains, parseCidr, type Block } from "../validate/cidr";

/** Ports, both ends inclusive. */
export interface PortRange {
  first: number;
  last: number;
}

/** A port, or a range of them, that a service opens to ranges of addresses. */
export interface Opening extends PortRange {
  protocol: "TCP" | "UDP";
  /** Such as `web.site`. */
  service: string;
  ranges: readonly string[];
}

/** Ports of one protocol that exactly these ranges reach. */
export interface MergedOpening {
  protocol: Opening["protocol"];
  /** Sorted, apart from each other. */
  ports: PortRange[];
  /** Sorted. */
  services: string[];
  /** IPv4, then IPv6; none inside another. */
  ranges: string[];
}

/** Puts together what is open to the same ranges, however many services and networks it is written as. */
export function mergeOpenings(openings: readonly Opening[]): MergedOpening[] {
  const byPort = groupBy(openings, ({ protocol, first, last }) => `${protocol} ${first} ${last}`);
  const whole = byPort.map((same) => ({
    ports: same,
    services: same.map(({ service }) => service),
    ranges: outermost(same.flatMap(({ ranges }) => ranges)),
  }));
  return groupBy(whole, ({ ports, ranges }) => [ports[0]?.protocol, ...ranges].join(" "))
    .flatMap((same): MergedOpening[] => {
      const [one] = same;
      const protocol = one?.ports[0]?.protocol;
      if (one === undefined || protocol === undefined) return [];
      return [
        {
          protocol,
          ports: joined(same.flatMap(({ ports }) => ports)),
          services: sortedUnique(same.flatMap(({ services }) => services)),
          ranges: one.ranges,
        },
      ];
    })
    .sort(
      (a, b) => compareText(a.protocol, b.protocol) || (a.ports[0]?.first ?? 0) - (b.ports[0]?.first ?? 0),
    );
}

/** `80, 443, 8000-8010` */
export function portsText(ports: readonly PortRange[]): string {
  return ports.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(", ");
}

/** Sorted, with those that overlap or touch made one. */
function joined(ports: readonly PortRange[]): PortRange[] {
  const apart: PortRange[] = [];
  for (const { first, last } of [...ports].sort((a, b) => a.first - b.first || a.last - b.last)) {
    const before = apart.at(-1);
    if (before !== undefined && first <= before.last + 1) before.last = Math.max(before.last, last);
    else apart.push({ first, last });
  }
  return apart;
}

/** Without ranges that lie inside another. @throws if one is no range; the policy was not checked */
function outermost(ranges: readonly string[]): string[] {
  const blocks = sortedUnique(ranges).map((text): Block => {
    const parsed = parseCidr(text);
    if ("message" in parsed) throw new Error(parsed.message);
    return parsed.block;
  });
  return blocks
    .filter((block) => !blocks.some((other) => other !== block && contains(other, block)))
    .sort((a, b) => compareText(a.family, b.family) || compareText(a.text, b.text))
    .map(({ text }) => text);
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return [...groups.values()];
}
