import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { awsSubnets, placeHosts } from "../../compiler/decide/places";
import { cutSubnets, subnetOf, zoneOf, type Subnet } from "../../compiler/decide/subnets";
import type { CloudHostSpec } from "../../compiler/model";
import {
  addressText,
  contains,
  lastAddress,
  overlaps,
  parseAddress,
  parseCidr,
  type Block,
} from "../../compiler/validate/cidr";

const ZONES = ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"];

function blockOf(text: string): Block {
  const parsed = parseCidr(text);
  assert.ok("block" in parsed, text);
  return parsed.block;
}

function cut(text: string, zones: readonly string[]): Subnet[] {
  const found = cutSubnets(blockOf(text), zones);
  assert.ok("subnets" in found);
  return found.subnets;
}

/** A block that can be cut for so many zones. */
const network = fc
  .record({ zones: fc.constantFrom(1, 2, 4), spare: fc.integer({ min: 0, max: 11 }), seed: fc.nat() })
  .map(({ zones, spare, seed }) => {
    const narrowest = 28 - Math.log2(2 * zones);
    const bits = Math.max(16, narrowest - spare);
    const base = (BigInt(seed) % (1n << BigInt(bits))) << BigInt(32 - bits);
    return { block: blockOf(`${addressText("ipv4", base)}/${bits}`), zones: ZONES.slice(0, zones) };
  });

const host = (name: string, isPublic: boolean): CloudHostSpec => ({
  ...{ name, groups: ["all"], on: "aws", size: "t3.micro", public: isPublic },
});

describe("a network's subnets", () => {
  test("fill its block, apart from each other, a public and a private one a zone", () => {
    fc.assert(
      fc.property(network, ({ block, zones }) => {
        const subnets = cut(block.text, zones);
        assert.equal(subnets.length, 2 * zones.length);
        const size = (one: Block) => lastAddress(one) - one.base + 1n;
        assert.equal(
          subnets.reduce((sum, subnet) => sum + size(subnet.block), 0n),
          size(block),
        );
        for (const [index, subnet] of subnets.entries()) {
          assert.equal(subnet.index, index);
          assert.ok(contains(block, subnet.block));
          assert.ok(subnet.block.bits >= 16 && subnet.block.bits <= 28);
          assert.deepEqual(parseCidr(subnet.block.text), { block: subnet.block });
          assert.ok(subnets.every((other) => other === subnet || !overlaps(other.block, subnet.block)));
        }
        for (const zone of zones) {
          const access = subnets.filter((subnet) => subnet.zone === zone).map((subnet) => subnet.access);
          assert.deepEqual(access, ["public", "private"]);
        }
      }),
    );
  });

  const problems: [string, string, string[], RegExp[]][] = [
    ["too narrow", "198.51.100.0/28", ["a"], [/gives \/29 subnets.* give it a \/27$/]],
    ["too narrow for two zones", "198.51.100.0/27", ["a", "b"], [/give it a \/26, or name fewer zones/]],
    ["too wide", "10.0.0.0/15", ["a"], [/wider than a \/16/]],
    ["of IPv6", "2001:db8::/56", ["a"], [/is IPv6/, /gives \/57/]],
    ["three zones, two alike", "10.0.0.0/16", ["a", "b", "b"], [/1, 2 or 4 zones, and not 3/, /twice/]],
    ["no zone", "10.0.0.0/16", [], [/and not 0/]],
    ["all at once", "10.0.0.0/15", ["a", "a", "a"], [/not 3/, /twice/, /wider/]],
  ];
  for (const [what, block, zones, expected] of problems) {
    test(`are none of a block that is ${what}, and every reason is told`, () => {
      const found = cutSubnets(blockOf(block), zones);
      assert.ok("problems" in found);
      assert.equal(found.problems.length, expected.length, found.problems.join("\n"));
      for (const [index, reason] of expected.entries()) assert.match(found.problems[index] ?? "", reason);
    });
  }
});

describe("a host's subnet", () => {
  test("goes round the zones by the number in its name, and by nothing else", () => {
    const zones = ZONES.slice(0, 2);
    assert.deepEqual(
      ["web-1", "web-2", "web-3", "db-10"].map((name) => zoneOf(name, zones)),
      ["us-east-1a", "us-east-1b", "us-east-1a", "us-east-1b"],
    );
    assert.equal(zoneOf("gateway", zones), zoneOf("gateway", zones));
    assert.ok(ZONES.includes(zoneOf("web-0", ZONES)), "0 is no number that a count makes");
  });

  test("is where its address is, apart from everybody's and from those that Amazon keeps", () => {
    const list = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,3}(-[1-9])?$/), fc.boolean()), {
      selector: ([name]) => name,
      maxLength: 11,
    });
    fc.assert(
      fc.property(network, list, ({ block, zones }, pairs) => {
        const hosts = pairs.map(([name, isPublic]) => host(name, isPublic));
        const inventory = { hosts, zones, subnets: { aws: block.text } };
        const places = placeHosts(inventory);
        assert.equal(new Set([...places.values()].map(({ ipv4 }) => ipv4)).size, hosts.length);
        for (const one of hosts) {
          const place = places.get(one.name);
          assert.ok(place?.subnet);
          const subnet = subnetOf(one, awsSubnets(inventory));
          assert.deepEqual(place.subnet, subnet);
          const address = parseAddress(place.ipv4);
          assert.ok("block" in address);
          assert.equal(address.block.base, subnet.block.base + BigInt(place.offset));
          assert.ok(place.offset >= 4 && address.block.base < lastAddress(subnet.block));
        }
      }),
    );
  });
});
