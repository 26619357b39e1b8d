import fc from "fast-check";
import type { AddressBook } from "../../../compiler/model";
import type { Packet } from "./evaluator";

const PORTS = [
  21, 22, 23, 79, 80, 81, 443, 444, 500, 4500, 53, 54, 7999, 8000, 8004, 8005, 8010, 8011, 8020, 8021,
];

/** Addresses that matter: of every host, of other environments, of networks and just beside them. */
export function sourcesFor(book: AddressBook): string[] {
  const hosts = [...book.values()].flatMap(({ ipv4, ipv6 }) =>
    [ipv4?.address, ipv6].flatMap((text) => text ?? []),
  );
  return [
    ...hosts,
    ...["198.51.100.200", "2001:db8:8000::dead", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"],
    ...["203.0.113.1", "203.0.113.15", "203.0.113.16", "203.0.113.127", "203.0.113.128"],
    ...["192.0.2.0", "192.0.2.63", "192.0.2.64", "192.88.99.1", "169.254.1.1"],
    ...[
      "2001:db8:ff1::1",
      "2001:db8:ff1:0:ffff::1",
      "2001:db8:ff1:1::1",
      "2001:db8:ff2::1",
      "2001:db8:7fff::1",
    ],
    ...["2600::1", "fe80::1"],
  ];
}

/** New packets that are no part of the link's own business. */
export function packets(book: AddressBook): fc.Arbitrary<Packet> {
  return packetsFrom(sourcesFor(book));
}

/** The same from these addresses. */
export function packetsFrom(sources: readonly string[]): fc.Arbitrary<Packet> {
  return fc
    .record({
      source: fc.constantFrom(...sources),
      protocol: fc.constantFrom<Packet["protocol"][]>("tcp", "tcp", "udp", "icmp", "esp"),
      destinationPort: fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom(...PORTS) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 65535 }) },
      ),
      ipsec: fc.boolean(),
      through: fc.option(fc.constantFrom(...sources), { nil: undefined, freq: 2 }),
    })
    .map((parts) => newPacket(parts));
}

/** Every combination of these parts, for a fixed sweep. */
export function* allPackets(book: AddressBook): Generator<Packet> {
  const sources = sourcesFor(book);
  for (const [index, source] of sources.entries()) {
    const another = sources[(index + 1) % sources.length];
    for (const way of [{ ipsec: false }, { ipsec: true }, { ipsec: true, through: another }]) {
      for (const protocol of ["icmp", "esp"] as const)
        yield newPacket({ source, protocol, destinationPort: 0, ...way });
      for (const protocol of ["tcp", "udp"] as const) {
        for (const destinationPort of PORTS) yield newPacket({ source, protocol, destinationPort, ...way });
      }
    }
  }
}

function newPacket(parts: {
  source: string;
  protocol: Packet["protocol"];
  destinationPort: number;
  ipsec: boolean;
  through?: string | undefined;
}): Packet {
  const { source, protocol, ipsec, through } = parts;
  const family = source.includes(":") ? "ipv6" : "ipv4";
  const way = through === undefined ? { ipsec } : { ipsec, through };
  const common = { family, source, protocol, ...way, state: "NEW", interface: "eth0" } as const;
  if (protocol === "icmp") return { ...common, icmpType: family === "ipv4" ? "8" : "128" };
  return protocol === "esp"
    ? common
    : { ...common, sourcePort: 40000, destinationPort: parts.destinationPort };
}
