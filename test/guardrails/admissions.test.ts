import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  noIpsecFromAnywhere,
  noSshFromAnywhere,
  noWideAdmission,
} from "../../policy/guardrails/rules/admissions";
import { judge, type Resource, unknown } from "./support/judge";

const group = (...ingress: object[]): Resource => ({
  type: "aws:ec2/securityGroup:SecurityGroup",
  name: "group-web-vpc",
  props: { ingress },
});
const rule = (protocol: string, fromPort: unknown, toPort: unknown, ...cidrs: string[]): object => ({
  protocol,
  fromPort,
  toPort,
  cidrBlocks: cidrs.filter((cidr) => !cidr.includes(":")),
  ipv6CidrBlocks: cidrs.filter((cidr) => cidr.includes(":")),
});
const linode = (...inbounds: object[]): Resource => ({
  type: "linode:index/firewall:Firewall",
  name: "group-web-linode",
  props: { inbounds, inboundPolicy: "DROP", outboundPolicy: "ACCEPT" },
});
const accept = (protocol: string, ports: string | undefined, ...ipv4s: string[]): object => ({
  label: "rule",
  action: "ACCEPT",
  protocol,
  ...(ports === undefined ? {} : { ports }),
  ipv4s,
});

const openLinode = (...inbounds: object[]): Resource => ({
  type: "linode:index/firewall:Firewall",
  name: "linode-firewall-web",
  props: { inbounds, inboundPolicy: "ACCEPT", outboundPolicy: "ACCEPT" },
});
const drop = (protocol: string, change: object = {}): object => ({
  ...{ label: "drop", action: "DROP", protocol, ipv4s: ["0.0.0.0/0"], ipv6s: ["::/0"] },
  ...change,
});

/** The words of each case say what is expected of SSH and of width. */
const CASES: [string, Resource, { ssh: boolean; wide: boolean }][] = [
  ["SSH from the office", group(rule("tcp", 22, 22, "203.0.113.0/24")), { ssh: false, wide: false }],
  ["SSH from anywhere", group(rule("tcp", 22, 22, "0.0.0.0/0")), { ssh: true, wide: false }],
  ["SSH from anywhere in IPv6", group(rule("tcp", 22, 22, "::/0")), { ssh: true, wide: false }],
  ["SSH within a range", group(rule("tcp", 20, 30, "0.0.0.0/0")), { ssh: true, wide: false }],
  ["next to SSH", group(rule("tcp", 23, 30, "0.0.0.0/0")), { ssh: false, wide: false }],
  ["port 22 of UDP", group(rule("udp", 22, 22, "0.0.0.0/0")), { ssh: false, wide: false }],
  ["half the internet", group(rule("tcp", 22, 22, "128.0.0.0/1")), { ssh: true, wide: false }],
  ["a /7", group(rule("tcp", 22, 22, "10.0.0.0/7")), { ssh: true, wide: false }],
  ["a /8", group(rule("tcp", 22, 22, "10.0.0.0/8")), { ssh: false, wide: false }],
  ["all global IPv6", group(rule("tcp", 22, 22, "2000::/3")), { ssh: true, wide: false }],
  ["all local IPv6", group(rule("tcp", 22, 22, "fc00::/7")), { ssh: false, wide: false }],
  ["a website", group(rule("tcp", 443, 443, "0.0.0.0/0", "::/0")), { ssh: false, wide: false }],
  ["100 ports", group(rule("tcp", 8000, 8099, "0.0.0.0/0")), { ssh: false, wide: false }],
  ["101 ports", group(rule("tcp", 8000, 8100, "0.0.0.0/0")), { ssh: false, wide: true }],
  ["101 ports for an office", group(rule("tcp", 8000, 8100, "203.0.113.0/24")), { ssh: false, wide: false }],
  ["everything", group(rule("-1", 0, 0, "0.0.0.0/0")), { ssh: true, wide: true }],
  ["ICMP", group(rule("icmp", -1, -1, "0.0.0.0/0")), { ssh: false, wide: false }],
  ["ESP", group(rule("50", 0, 0, "0.0.0.0/0")), { ssh: false, wide: false }],
  ["unknown source", group(rule("tcp", 22, 22, unknown)), { ssh: false, wide: false }],
  ["unknown port", group(rule("tcp", unknown, unknown, "0.0.0.0/0")), { ssh: false, wide: false }],
  [
    "unknown rules beside a wrong one",
    group(rule("tcp", 1, 1, unknown), rule("tcp", 22, 22, "0.0.0.0/0", unknown)),
    { ssh: true, wide: false },
  ],
  [
    "all rules unknown",
    { type: "aws:ec2/securityGroup:SecurityGroup", name: "g", props: { ingress: unknown } },
    { ssh: false, wide: false },
  ],
  [
    "a rule of its own",
    {
      type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      name: "r",
      props: { ipProtocol: "tcp", fromPort: 22, toPort: 22, cidrIpv6: "::/0" },
    },
    { ssh: true, wide: false },
  ],
  [
    "a rule of its own, older form",
    {
      type: "aws:ec2/securityGroupRule:SecurityGroupRule",
      name: "r",
      props: { type: "ingress", protocol: "all", cidrBlocks: ["0.0.0.0/0"] },
    },
    { ssh: true, wide: true },
  ],
  [
    "egress",
    {
      type: "aws:ec2/securityGroupRule:SecurityGroupRule",
      name: "r",
      props: { type: "egress", protocol: "all", cidrBlocks: ["0.0.0.0/0"] },
    },
    { ssh: false, wide: false },
  ],
  ["Linode: SSH of some", linode(accept("TCP", "22", "203.0.113.0/24")), { ssh: false, wide: false }],
  ["Linode: SSH of all", linode(accept("TCP", "443, 20-22", "0.0.0.0/0")), { ssh: true, wide: false }],
  ["Linode: all ports", linode(accept("TCP", undefined, "0.0.0.0/0")), { ssh: true, wide: true }],
  ["Linode: a wide range", linode(accept("UDP", "1-65535", "0.0.0.0/0")), { ssh: false, wide: true }],
  ["Linode: unknown", linode(accept("TCP", "22", unknown)), { ssh: false, wide: false }],
  [
    "Linode: dropped",
    linode({ action: "DROP", protocol: "TCP", ports: "22", ipv4s: ["0.0.0.0/0"] }),
    { ssh: false, wide: false },
  ],
  [
    "Linode: open unless dropped",
    { type: "linode:index/firewall:Firewall", name: "f", props: { inbounds: [], inboundPolicy: "ACCEPT" } },
    { ssh: true, wide: true },
  ],
  [
    "Linode: TCP and UDP dropped, the rest open",
    openLinode(drop("TCP"), drop("UDP")),
    { ssh: false, wide: false },
  ],
  ["Linode: only TCP dropped", openLinode(drop("TCP")), { ssh: false, wide: true }],
  ["Linode: only UDP dropped", openLinode(drop("UDP")), { ssh: true, wide: true }],
  [
    "Linode: some ports dropped",
    openLinode(drop("TCP", { ports: "22" }), drop("UDP")),
    { ssh: true, wide: true },
  ],
  ["Linode: dropped of IPv4", openLinode(drop("TCP", { ipv6s: [] }), drop("UDP")), { ssh: true, wide: true }],
  [
    "Linode: SSH of all before the drop",
    openLinode(accept("TCP", "22", "0.0.0.0/0"), drop("TCP"), drop("UDP")),
    { ssh: true, wide: false },
  ],
  [
    "Linode: peers that are not known yet",
    openLinode(accept("UDP", "500, 4500", unknown), drop("TCP"), drop("UDP")),
    { ssh: false, wide: false },
  ],
  [
    "Linode: open, all rules unknown",
    {
      type: "linode:index/firewall:Firewall",
      name: "f",
      props: { inbounds: unknown, inboundPolicy: "ACCEPT" },
    },
    { ssh: false, wide: false },
  ],
];

for (const [name, resource, expected] of CASES) {
  test(name, async () => {
    const [ssh, wide] = [await judge(noSshFromAnywhere, resource), await judge(noWideAdmission, resource)];
    assert.deepEqual({ ssh: ssh.length > 0, wide: wide.length > 0 }, expected);
    for (const message of [...ssh, ...wide]) assert.ok(message.startsWith(resource.name), message);
  });
}

const ingress = (props: Record<string, unknown>): Resource => ({
  type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
  name: "group-web-peers-esp-from-app",
  props,
});
const list = (...cidrs: unknown[]): Resource => ({
  type: "aws:ec2/managedPrefixList:ManagedPrefixList",
  name: "group-web-peers-elsewhere",
  props: { entries: cidrs.map((cidr) => ({ cidr })), maxEntries: cidrs.length, addressFamily: "IPv6" },
});

describe("IKE and ESP", () => {
  const cases: [string, Resource, boolean][] = [
    ["ESP from a group", ingress({ ipProtocol: "50", referencedSecurityGroupId: "sg-1" }), false],
    ["ESP from a list", ingress({ ipProtocol: "50", prefixListId: unknown }), false],
    ["ESP from anywhere", ingress({ ipProtocol: "50", cidrIpv4: "0.0.0.0/0" }), true],
    ["AH from anywhere", ingress({ ipProtocol: "51", cidrIpv6: "::/0" }), true],
    ["IKE from anywhere", ingress({ ipProtocol: "udp", fromPort: 500, toPort: 500, cidrIpv6: "::/0" }), true],
    [
      "IKE in a range",
      ingress({ ipProtocol: "udp", fromPort: 1, toPort: 4500, cidrIpv4: "0.0.0.0/0" }),
      true,
    ],
    [
      "IKE from a network",
      ingress({ ipProtocol: "udp", fromPort: 500, toPort: 500, cidrIpv4: "198.51.100.0/24" }),
      false,
    ],
    [
      "DNS from anywhere",
      ingress({ ipProtocol: "udp", fromPort: 53, toPort: 53, cidrIpv4: "0.0.0.0/0" }),
      false,
    ],
    [
      "TCP of the same number",
      ingress({ ipProtocol: "tcp", fromPort: 500, toPort: 500, cidrIpv4: "0.0.0.0/0" }),
      false,
    ],
    ["everything", group(rule("-1", 0, 0, "0.0.0.0/0")), true],
    ["a list of peers", list("2001:db8:c000::1/128", unknown), false],
    ["a list with everybody in it", list("2001:db8:c000::1/128", "::/0"), true],
    ["Linode: ESP has no name there, IKE has ports", linode(accept("UDP", "500, 4500", "0.0.0.0/0")), true],
  ];
  for (const [name, resource, expected] of cases) {
    test(name, async () => {
      const said = await judge(noIpsecFromAnywhere, resource);
      assert.equal(said.length > 0, expected);
      for (const message of said) assert.ok(message.startsWith(resource.name), message);
    });
  }

  test("a list with everybody in it is as good as anywhere for SSH, too", async () => {
    assert.equal((await judge(noSshFromAnywhere, list("::/0"))).length, 1);
    assert.equal((await judge(noWideAdmission, list("::/0"))).length, 1);
  });
});

describe("a host's own firewall", () => {
  const GOLDEN = join(__dirname, "..", "compiler", "golden");
  const firewall = (
    change: (text: string) => string = (text) => text,
    host = "bastion-1",
    scenario = "company",
  ): Resource => {
    const folder = join(GOLDEN, scenario, "rendered", host, "firewall");
    const files = ["ipset", "rules.v4", "rules.v6"].map(
      (file) => `#=== file ${file}\n${readFileSync(join(folder, file), "utf8")}`,
    );
    const text = change(`# palisade firewall for ${host} (test)\n${files.join("")}#=== end\n`);
    const stdin = `# palisade accounts for ${host} (test)\n#=== end\n${text}# palisade ipsec for ${host} (test)\n#=== end\n`;
    return { type: "command:remote:Command", name: `${host}-apply`, props: { stdin } };
  };
  const replaced = (before: RegExp, after: string) => (text: string) => {
    assert.match(text, before);
    return text.replace(before, after);
  };
  const sshRule = /-A PALISADE-IN -p tcp -m tcp --dport 22 -m set --match-set failsafe\.4 src /;

  test("as rendered, it is right", async () => {
    for (const host of readdirSync(join(GOLDEN, "company", "rendered")))
      await isRight(firewall(undefined, host));
  });

  test("of an isolated host, what may go out lets nobody in", async () => {
    // Its failsafe is everywhere, in the golden file.
    const narrow = replaced(/(-A PALISADE-IN) (-p tcp -m tcp --dport 22)/, "$1 -s 203.0.113.0/28 $2");
    const isolated = firewall(narrow, "app-1", "isolated");
    assert.match(String(isolated.props?.["stdin"]), /-A PALISADE-OUT -o lo .*-j ACCEPT/);
    await isRight(isolated);
  });

  async function isRight(resource: Resource): Promise<void> {
    for (const rule of [noSshFromAnywhere, noWideAdmission, noIpsecFromAnywhere])
      assert.deepEqual(await judge(rule, resource), [], resource.name);
  }

  test("ESP without a source", async () => {
    const open = firewall(replaced(/-p esp -m set --match-set peers\.4 src /, "-p esp "));
    assert.match(
      (await judge(noIpsecFromAnywhere, open)).join(),
      /lets IPsec in from 0\.0\.0\.0\/0 \(ESP from peers\)/,
    );
  });

  test("the failsafe without a source", async () => {
    const open = firewall(replaced(sshRule, "-A PALISADE-IN -p tcp -m tcp --dport 22 "));
    assert.deepEqual(await judge(noSshFromAnywhere, open), [
      "bastion-1-apply lets SSH in from 0.0.0.0/0 (palisade:failsafe); name the networks that need it",
    ]);
    assert.deepEqual(await judge(noWideAdmission, open), []);
  });

  test("a set with half the internet in it", async () => {
    const open = firewall(replaced(/add failsafe\.4 .*/, "add failsafe.4 0.0.0.0/1"));
    assert.equal((await judge(noSshFromAnywhere, open)).length, 1);
  });

  test("a service whose chain takes anyone: its port stands in the jump", async () => {
    const open = firewall(
      replaced(/(-A bastion\.ssh) -m set --match-set net\.\S+ src (.*--pol none)/, "$1 $2"),
    );
    assert.match((await judge(noSshFromAnywhere, open)).join(), /groups\.bastion\.services\.ssh/);
  });

  test("SSH through IPsec is the fleet's own business", async () => {
    const fleet = firewall(replaced(/(-A all\.ssh) -m set --match-set \S+ src/, "$1"));
    assert.deepEqual(await judge(noSshFromAnywhere, fleet), []);
  });

  test("a rule, or a default, that takes everything", async () => {
    const rules = firewall(replaced(/^-A PALISADE-IN -i lo .*$/m, "-A PALISADE-IN -j ACCEPT"));
    assert.equal((await judge(noWideAdmission, rules)).length, 1);
    assert.equal((await judge(noSshFromAnywhere, rules)).length, 1);
    const policy = firewall(replaced(/^:INPUT DROP/m, ":INPUT ACCEPT"));
    assert.equal((await judge(noWideAdmission, policy)).length, 1);
  });

  test("a service of many ports for everyone", async () => {
    const wide = firewall(replaced(/--dport 443 /, "--dport 1024:2047 "), "web-1");
    assert.match((await judge(noWideAdmission, wide)).join(), /opens 1024 ports to 0\.0\.0\.0\/0/);
  });

  test("not known yet", async () => {
    const resource = { type: "command:remote:Command", name: "c", props: { stdin: unknown } };
    assert.deepEqual(await judge(noSshFromAnywhere, resource), []);
    assert.deepEqual(await judge(noWideAdmission, resource), []);
  });
});
