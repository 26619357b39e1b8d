import { createHash } from "node:crypto";
import { AWS_LIMITS } from "../clouds/aws-limits";
import { addressText, type Block } from "../validate/cidr";

/** How many availability zones a network may span: its block is halved once, twice or three times. */
export const ZONE_COUNTS: readonly number[] = [1, 2, 4];

const WIDEST = AWS_LIMITS.widestBlock.limit;
const NARROWEST = AWS_LIMITS.narrowestBlock.limit;

/** One subnet of a network on AWS. */
export interface Subnet {
  /** A `public` one has a way out over IPv4; in a `private` one hosts speak IPv6 with what is outside. */
  access: "public" | "private";
  /** An availability zone, such as `us-east-1a`. */
  zone: string;
  /** Its part of the network's IPv4 block. */
  block: Block;
  /** Which /64 of the network's IPv6 block is its own, from 0. */
  index: number;
}

/** The subnets of a network, or every reason why there are none. */
export type Cut = { subnets: Subnet[] } | { problems: string[] };

/**
 * Cuts a network's IPv4 block into equal parts, a public and a private one for each zone, in the order of the zones.
 * Nothing is left over, so another number of zones cuts it anew.
 */
export function cutSubnets(block: Block, zones: readonly string[]): Cut {
  const parts = 2 * zones.length;
  const bits = block.bits + Math.log2(parts);
  const problems = [
    ...(block.family === "ipv4" ? [] : [`"${block.text}" is IPv6; a network is given as IPv4`]),
    ...(ZONE_COUNTS.includes(zones.length) ? [] : [`a network has 1, 2 or 4 zones, and not ${zones.length}`]),
    ...(new Set(zones).size === zones.length ? [] : ["a zone is named twice"]),
    ...(block.bits >= WIDEST ? [] : [`"${block.text}" is wider than a /${WIDEST}, which AWS refuses`]),
    ...(!Number.isInteger(bits) || bits <= NARROWEST ? [] : [tooNarrow(block, zones.length, bits)]),
  ];
  if (problems.length > 0) return { problems };
  const size = 1n << BigInt(32 - bits);
  return {
    subnets: zones.flatMap((zone, place) =>
      (["public", "private"] as const).map((access, half) => {
        const index = 2 * place + half;
        const base = block.base + BigInt(index) * size;
        const text = `${addressText("ipv4", base)}/${bits}`;
        return { access, zone, index, block: { family: "ipv4", base, bits, text } };
      }),
    ),
  };
}

function tooNarrow({ text, bits }: Block, zones: number, each: number): string {
  const widest = NARROWEST - (each - bits);
  const fewer = zones > 1 ? ", or name fewer zones" : "";
  return `"${text}" cut for ${zones} ${zones === 1 ? "zone" : "zones"} gives /${each} subnets, and AWS has none narrower than /${NARROWEST}; give it a /${widest}${fewer}`;
}

/**
 * The zone a host is in, by its name alone: `web-1`, `web-2` and so on go round the zones, so that losing one takes a
 * part of each such group; any other name is spread by its hash.
 */
export function zoneOf(host: string, zones: readonly string[]): string {
  const number = /-([1-9]\d{0,8})$/.exec(host)?.[1];
  const turn =
    number === undefined
      ? createHash("sha256").update(host).digest().readUInt32BE(0)
      : Number.parseInt(number, 10) - 1;
  const zone = zones[turn % zones.length];
  if (zone === undefined) throw new Error("a network has at least one zone");
  return zone;
}

/** The subnet a host is in. */
export function subnetOf(host: { name: string; public: boolean }, subnets: readonly Subnet[]): Subnet {
  const zones = [...new Set(subnets.map((subnet) => subnet.zone))];
  const zone = zoneOf(host.name, zones);
  const found = subnets.find(
    (subnet) => subnet.zone === zone && subnet.access === (host.public ? "public" : "private"),
  );
  if (found === undefined) throw new Error(`the network has no subnet for ${host.name}`);
  return found;
}
