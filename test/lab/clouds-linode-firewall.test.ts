import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { instanceLabel } from "../../compiler/clouds/linode-labels";
import { LINODE_LIMITS } from "../../compiler/clouds/linode-limits";
import type { Properties, Value } from "../../lab/grpc/values";
import { startCloud, type CloudClient } from "./support/provider-client";
import { makeTestLab, type TestLab } from "./support/test-lab";

const urn = (type: string, name: string) => `urn:pulumi:dev::palisade::${type}::${name}`;
const FIREWALL = "linode:index/firewall:Firewall";
const VPC = "linode:index/vpc:Vpc";

const rule = (change: Properties = {}): Properties => ({
  ...{ label: "tcp-443", action: "ACCEPT", protocol: "TCP", ports: "443" },
  ...{ ipv4s: ["0.0.0.0/0"], ipv6s: ["::/0"] },
  ...change,
});
const firewall = (change: Properties = {}): Properties => ({
  ...{ label: "palisade-dev-us-east-web", inboundPolicy: "ACCEPT", outboundPolicy: "ACCEPT" },
  ...{ inbounds: [rule()], tags: ["palisade-dev"] },
  ...change,
});
const withRule = (change: Properties): Properties => firewall({ inbounds: [rule(change)] });
const many = <T extends Value>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const blocks = (count: number) =>
  many(count, (index) => `203.0.${Math.floor(index / 256)}.${index % 256}/32`);

suite("Cloud Firewalls of the lab's Linode", () => {
  let testLab: TestLab;
  let linode: CloudClient;
  before(async () => {
    testLab = await makeTestLab("test-clouds-firewall");
    linode = await startCloud(testLab.lab, "linode");
  });
  after(async () => {
    await linode.stop();
    await testLab.destroy();
  });

  const most = LINODE_LIMITS.rulesOfFirewall.limit;
  const taken: [string, Properties][] = [
    ["one that fits", firewall()],
    ["as many rules as there may be", firewall({ inbounds: many(most, () => rule()) })],
    ["as many addresses", withRule({ ipv4s: blocks(255), ipv6s: [] })],
    ["as many pieces of ports", withRule({ ports: "1-2, 3-4, 5-6, 7-8, 9-10, 11-12, 13-14, 15" })],
  ];
  for (const [what, inputs] of taken) {
    test(`takes ${what}`, async () => assert.deepEqual(await linode.check(urn(FIREWALL, "f"), inputs), []));
  }

  test("takes a rule without ports, which is all of them", async () => {
    const whole = Object.fromEntries(Object.entries(rule()).filter(([key]) => key !== "ports"));
    for (const protocol of ["TCP", "UDP", "ICMP"]) {
      const inputs = firewall({ inbounds: [{ ...whole, protocol }] });
      assert.deepEqual(await linode.check(urn(FIREWALL, "f"), inputs), []);
    }
  });

  const refused: [string, Properties, RegExp][] = [
    ["a short label", firewall({ label: "ab" }), /Length must be 3-32/],
    ["a long label", firewall({ label: "a".repeat(33) }), /Length must be 3-32/],
    ["a rule's bad label", withRule({ label: "a--b" }), /inbounds\.0\.label.*letters and digits/],
    ["a long description", withRule({ description: "d".repeat(101) }), /100 characters/],
    ["a rule too many", firewall({ inbounds: many(most, () => rule()), outbounds: [rule()] }), /26 rules/],
    ["an address too many", withRule({ ipv4s: blocks(255) }), /256 addresses/],
    ["no address", withRule({ ipv4s: [], ipv6s: [] }), /needs addresses/],
    ["an address that is no network", withRule({ ipv4s: ["203.0.113.1/24"] }), /no IPv4 network/],
    ["an IPv4 network as IPv6", withRule({ ipv6s: ["203.0.113.0/24"] }), /no IPv6 network/],
    ["a piece too many", withRule({ ports: "1-2, 3-4, 5-6, 7-8, 9-10, 11-12, 13-14, 15-16" }), /15 pieces/],
    ["ports that are none", withRule({ ports: "080" }), /ports and ranges/],
    ["a range that runs backwards", withRule({ ports: "90-80" }), /ports and ranges/],
    ["ports of ICMP", withRule({ protocol: "ICMP" }), /ICMP has no ports/],
    ["ESP, which it can't name", withRule({ protocol: "ESP" }), /allowed values/],
    ["an instance that is not there", firewall({ linodes: [41] }), /41: Not found/],
    ["a short tag", firewall({ tags: ["x"] }), /fewer than 3/],
  ];
  for (const [what, inputs, reason] of refused) {
    test(`refuses ${what}`, async () => {
      const failures = await linode.check(urn(FIREWALL, "f"), inputs);
      assert.equal(failures.length, 1, failures.join("\n"));
      assert.match(failures[0] ?? "", reason);
    });
  }

  test("a label is one firewall's in the whole account, a VPC's only in its region", async () => {
    await linode.create(urn(FIREWALL, "one"), firewall({ label: "palisade-one" }));
    const again = linode.create(urn(FIREWALL, "other"), firewall({ label: "palisade-one" }));
    await assert.rejects(again, /Label must be unique/);
    const vpc = (region: string) => ({ label: "palisade-prod", region });
    const here = await linode.create(urn(VPC, "v"), vpc("us-east"));
    const there = await linode.create(urn(VPC, "w"), vpc("eu-central"));
    assert.deepEqual([here.outputs["region"], there.outputs["region"]], ["us-east", "eu-central"]);
    await assert.rejects(linode.create(urn(VPC, "x"), vpc("eu-central")), /Label must be unique/);
  });

  test("names with doubled hyphens become labels that it takes", async () => {
    for (const host of ["a--b", "web-", `${"x".repeat(30)}-`]) {
      const label = instanceLabel(host, "prod-");
      const failures = await linode.check(urn("linode:index/instance:Instance", "i"), {
        ...{ label, region: "us-east", type: "g6-nanode-1", image: "linode/debian12" },
      });
      assert.deepEqual(failures, [], label);
    }
  });
});
