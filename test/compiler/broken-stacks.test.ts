import { caseTable, groups, networks, people, stack, tests } from "./support/cases";
import { sshKey } from "./support/sample";

const KEY9 = sshKey(9);

/** An existing host's bastion, on line 14. */
const bastion = (text: string) =>
  stack(`      hostKey: ${KEY9}\n`, `      hostKey: ${KEY9}\n      bastion: ${text}\n`);

caseTable("a stack's file", [
  {
    title: "an empty stack file",
    edits: [{ file: "Pulumi.dev.yaml", to: "" }],
    problems: [
      'Pulumi.dev.yaml:1:1: a stack\'s file has one map named "config", with keys such as palisade:environment',
    ],
  },
  {
    title: "a tab as indentation",
    edits: [{ file: "Pulumi.dev.yaml", to: "config:\n\tx: 1\n" }],
    problems: ["Pulumi.dev.yaml:2:1: not YAML: tabs are not allowed as indentation"],
  },
  {
    title: "a key twice",
    edits: [stack("  palisade:region: us-east\n", "  palisade:region: us-east\n  palisade:region: x\n")],
    problems: ["Pulumi.dev.yaml:5:3: not YAML: map keys must be unique"],
  },
  {
    title: "an unknown palisade: key",
    edits: [stack("palisade:failsafe", "palisade:failsave")],
    problems: [
      'Pulumi.dev.yaml:2:3: config: "failsafe" is missing (ranges from which the deployer\'s SSH always works)',
      'Pulumi.dev.yaml:15:3: palisade:failsave: unknown key "failsave"; did you mean "failsafe"?',
    ],
  },
  {
    title: "an environment with a capital",
    edits: [stack("environment: dev", "environment: Dev")],
    problems: [
      'Pulumi.dev.yaml:3:25: palisade:environment: "Dev" is not valid: a name is a lower-case letter, then at most 30 lower-case letters, digits and dashes',
    ],
  },
  {
    title: "a host in an unknown group",
    edits: [stack("groups: [app]", "groups: [ap]")],
    problems: ['Pulumi.dev.yaml:8:43: palisade:hosts[2].groups[0]: unknown group "ap"; did you mean "app"?'],
  },
  {
    title: "an unknown cloud",
    edits: [stack("on: linode", "on: linod")],
    problems: [
      'Pulumi.dev.yaml:8:26: palisade:hosts[2].on: must be one of "aws", "linode", "existing", and is "linod"; did you mean "linode"?',
    ],
  },
  {
    title: "a name that an unfolded host has",
    edits: [stack("name: app-1", "name: web-1")],
    problems: [
      'Pulumi.dev.yaml:8:15: palisade:hosts[2].name: host name "web-1" is already that of palisade:hosts[1]',
    ],
  },
  {
    title: "no hosts of a kind",
    edits: [stack("count: 2", "count: 0")],
    problems: ["Pulumi.dev.yaml:7:51: palisade:hosts[1].count: 0 is outside 1 to 100"],
  },
  {
    title: "too many of a kind",
    edits: [stack("count: 2", "count: 101")],
    problems: ["Pulumi.dev.yaml:7:51: palisade:hosts[1].count: 101 is outside 1 to 100"],
  },
  {
    title: "more hosts than the subnet has room for",
    edits: [stack("count: 2", "count: 30")],
    problems: [
      "Pulumi.dev.yaml:14:28: palisade:subnets.aws: the private subnet of us-east-1a, 198.51.100.16/28, has room for 11 hosts, and 31 are in it",
    ],
  },
  {
    title: "an address outside the subnet",
    edits: [stack("198.51.100.40", "198.51.100.70")],
    problems: [
      'Pulumi.dev.yaml:8:58: palisade:hosts[2].address: "198.51.100.70" is not within the subnet 198.51.100.32/27 of linode',
    ],
  },
  {
    title: "an address that the cloud keeps",
    edits: [stack("198.51.100.40", "198.51.100.33")],
    problems: [
      'Pulumi.dev.yaml:8:58: palisade:hosts[2].address: "198.51.100.33" is reserved: the first four addresses and the last two of 198.51.100.32/27 are the cloud\'s',
    ],
  },
  {
    title: "half an address",
    edits: [stack("198.51.100.40", "198.51.100")],
    problems: [
      'Pulumi.dev.yaml:8:58: palisade:hosts[2].address: "198.51.100" is not an IPv4 or IPv6 address',
    ],
  },
  {
    title: "an existing host outside the fleet",
    edits: [stack("198.51.100.230", "192.0.2.1")],
    problems: [
      'Pulumi.dev.yaml:12:17: palisade:hosts[3].address[0]: "192.0.2.1" is not within the network "fleet" of the policy, where all servers have addresses',
    ],
  },
  {
    title: "an existing host inside a cloud's subnet",
    edits: [stack("198.51.100.230", "198.51.100.20")],
    problems: [
      'Pulumi.dev.yaml:12:17: palisade:hosts[3].address[0]: "198.51.100.20" is within the subnet 198.51.100.0/27, whose addresses are for hosts on aws',
    ],
  },
  {
    title: "two IPv4 addresses",
    edits: [stack('"2001:db8:c000::230"', "198.51.100.231")],
    problems: [
      'Pulumi.dev.yaml:12:33: palisade:hosts[3].address[1]: "198.51.100.231" is the second IPv4 address; a host has one of each at most',
    ],
  },
  {
    title: "an existing host without a host key",
    edits: [stack(`      hostKey: ${KEY9}\n`, "")],
    problems: [
      'Pulumi.dev.yaml:9:7: palisade:hosts[3]: "hostKey" is missing: an existing host\'s SSH public key, such as ssh-keyscan prints, is pinned',
    ],
  },
  {
    title: "a size for an existing host",
    edits: [stack("      hostKey: ", "      size: big\n      hostKey: ")],
    problems: ['Pulumi.dev.yaml:13:7: palisade:hosts[3].size: "size" is only for hosts that a cloud makes'],
  },
  {
    title: "a bastion that the host's firewall would not let in",
    edits: [bastion(`{ address: 203.0.113.99, hostKey: ${KEY9} }`)],
    problems: [
      'Pulumi.dev.yaml:14:27: palisade:hosts[3].bastion.address: the host sees the deployer come from "203.0.113.99", which is in no range of palisade:failsafe: the deployer would be locked out',
    ],
  },
  {
    title: "a bastion whose other address would be let in by it",
    edits: [bastion(`{ address: 203.0.113.99, from: 203.0.113.9, hostKey: ${KEY9} }`)],
    problems: [],
  },
  {
    title: "a bastion in the fleet",
    edits: [bastion(`{ address: 198.51.100.3, hostKey: ${KEY9} }`)],
    problems: [
      'Pulumi.dev.yaml:14:27: palisade:hosts[3].bastion.address: "198.51.100.3" is within the network "fleet", whose servers are let in through IPsec only, and this host has none before it is reached; a bastion is outside',
    ],
  },
  {
    title: "a bastion of another family than the host",
    edits: [bastion(`{ address: "2001:db8:ff1::9", hostKey: ${KEY9} }`)],
    problems: [
      'Pulumi.dev.yaml:14:27: palisade:hosts[3].bastion.address: the host is reached over IPv4, and "2001:db8:ff1::9" is IPv6: say with "from" which IPv4 address of the bastion the host sees',
    ],
  },
  {
    title: "a bastion without a host key",
    edits: [bastion("{ address: 203.0.113.9 }")],
    problems: [
      'Pulumi.dev.yaml:14:16: palisade:hosts[3].bastion: "hostKey" is missing: a bastion\'s SSH public key, such as ssh-keyscan prints, is pinned',
    ],
  },
  {
    title: "a bastion with nothing right",
    edits: [bastion("{ adress: 203.0.113.9, port: 0, user: Root, hostKey: none }")],
    problems: [
      'Pulumi.dev.yaml:14:16: palisade:hosts[3].bastion: "address" is missing (where the deployer connects to)',
      'Pulumi.dev.yaml:14:18: palisade:hosts[3].bastion.adress: unknown key "adress"; did you mean "address"?',
      "Pulumi.dev.yaml:14:45: palisade:hosts[3].bastion.port: 0 is outside 1 to 65535",
      'Pulumi.dev.yaml:14:54: palisade:hosts[3].bastion.user: "Root" is not valid: a login name is a lower-case letter or _, then at most 31 of a-z, 0-9, _ and -',
      'Pulumi.dev.yaml:14:69: palisade:hosts[3].bastion.hostKey: "none" is no type of SSH public key; it begins with ssh-ed25519, ecdsa-sha2-nistp256, ssh-rsa or another type that OpenSSH accepts',
    ],
  },
  {
    title: "a bastion for a cloud's host",
    edits: [stack("count: 2", "bastion: { address: 203.0.113.9 }")],
    problems: ['Pulumi.dev.yaml:7:44: palisade:hosts[1].bastion: "bastion" is only for existing hosts'],
  },
  {
    title: "a user for a cloud's host",
    edits: [stack("count: 2", "user: bob")],
    problems: ['Pulumi.dev.yaml:7:44: palisade:hosts[1].user: "user" is only for existing hosts'],
  },
  {
    title: "no subnets",
    edits: [stack("  palisade:subnets: { aws: 198.51.100.0/27, linode: 198.51.100.32/27 }\n", "")],
    problems: [
      'Pulumi.dev.yaml:2:3: palisade:subnets: "aws" is missing: hosts run there, and need a subnet',
      'Pulumi.dev.yaml:2:3: palisade:subnets: "linode" is missing: hosts run there, and need a subnet',
    ],
  },
  {
    title: "no subnet for one cloud",
    edits: [stack(", linode: 198.51.100.32/27", "")],
    problems: [
      'Pulumi.dev.yaml:14:21: palisade:subnets: "linode" is missing: hosts run there, and need a subnet',
    ],
  },
  {
    title: "subnets that overlap",
    edits: [stack("198.51.100.32/27", "198.51.100.0/26")],
    problems: [
      'Pulumi.dev.yaml:14:53: palisade:subnets.linode: "198.51.100.0/26" overlaps the other subnet, 198.51.100.0/27',
    ],
  },
  {
    title: "an IPv6 subnet",
    edits: [stack("198.51.100.0/27", "2001:db8:8000::/64")],
    problems: [
      'Pulumi.dev.yaml:14:28: palisade:subnets.aws: "2001:db8:8000::/64" is IPv6; a subnet is given as IPv4',
    ],
  },
  {
    title: "a subnet outside the fleet",
    edits: [stack("198.51.100.0/27", "10.0.0.0/24")],
    problems: [
      'Pulumi.dev.yaml:14:28: palisade:subnets.aws: "10.0.0.0/24" is not within the network "fleet" of the policy, where all servers have addresses',
    ],
  },
  {
    title: "a failsafe without the deployer's family",
    edits: [stack('[203.0.113.0/28, "2001:db8:ff1::/64"]', "[203.0.113.0/28]")],
    problems: [
      "Pulumi.dev.yaml:15:22: palisade:failsafe: cloud hosts are reached over IPv6 (connect), and no IPv6 range is listed: the deployer would be locked out",
    ],
  },
  {
    title: "no failsafe",
    edits: [stack('[203.0.113.0/28, "2001:db8:ff1::/64"]', "[]")],
    problems: ["Pulumi.dev.yaml:15:22: palisade:failsafe: must not be empty"],
  },
  {
    title: "the whole internet as failsafe is a warning",
    edits: [stack('[203.0.113.0/28, "2001:db8:ff1::/64"]', '["::/0"]')],
    problems: [
      "Pulumi.dev.yaml:15:22: warning: palisade:failsafe: ::/0 lets the whole internet reach SSH on every host",
    ],
  },
  {
    title: "an unknown isolated host",
    edits: [stack("  palisade:certificateEpoch", "  palisade:isolated: [web]\n  palisade:certificateEpoch")],
    problems: ['Pulumi.dev.yaml:16:23: palisade:isolated[0]: unknown host "web"; did you mean "web-1"?'],
  },
  {
    title: "a stack's name with a space",
    edits: [
      stack("  palisade:certificateEpoch", '  palisade:regionStacks: ["a b"]\n  palisade:certificateEpoch'),
    ],
    problems: [
      'Pulumi.dev.yaml:16:27: palisade:regionStacks[0]: "a b" is not valid: a stack of this project is written by its name, such as prod-eu',
    ],
  },
  {
    title: "an unknown address family",
    edits: [stack("connect: ipv6", "connect: ip6")],
    problems: [
      'Pulumi.dev.yaml:17:21: palisade:connect: must be one of "ipv4", "ipv6", and is "ip6"; did you mean "ipv6"?',
    ],
  },
  {
    title: "truth as text, as pulumi config set writes it, is fine",
    edits: [stack("  palisade:certificateEpoch", '  palisade:ipcomp: "true"\n  palisade:certificateEpoch')],
    problems: [],
  },
  {
    title: "yes instead of true",
    edits: [stack("  palisade:certificateEpoch", "  palisade:ipcomp: yes\n  palisade:certificateEpoch")],
    problems: ['Pulumi.dev.yaml:16:20: palisade:ipcomp: must be true or false, and is "yes"'],
  },
  {
    title: "an epoch that is no day",
    edits: [stack('"2026-11-01"', '"2026-13-01"')],
    problems: [
      'Pulumi.dev.yaml:16:30: palisade:certificateEpoch: "2026-13-01" is no day of the calendar; write it as 2026-12-31',
    ],
  },
  {
    title: "a host without anything it needs",
    edits: [stack("name: bastion-1, on: aws, groups: [bastion]", "on: existing")],
    problems: [
      'Pulumi.dev.yaml:6:7: palisade:hosts[0]: "address" is missing: an existing host has an IPv4 address, an IPv6 address, or a list of both',
      'Pulumi.dev.yaml:6:7: palisade:hosts[0]: "hostKey" is missing: an existing host\'s SSH public key, such as ssh-keyscan prints, is pinned',
      'Pulumi.dev.yaml:6:7: palisade:hosts[0]: "name" is missing',
    ],
  },
  {
    title: "a name instead of a host",
    edits: [stack("{ name: bastion-1, on: aws, groups: [bastion] }", "bastion-1")],
    problems: ['Pulumi.dev.yaml:6:7: palisade:hosts[0]: must be an object, and is "bastion-1"'],
  },
  {
    title: "one problem in each file, all told at once",
    edits: [
      groups('"app", "self"', '"ap", "self"'),
      people("10002", "10001"),
      networks("203.0.113.0/25", "203.0.113.5/25"),
      tests('"to": "db"', '"to": "dbb"'),
      stack("groups: [app]", "groups: [ap]"),
    ],
    problems: [
      'Pulumi.dev.yaml:8:43: palisade:hosts[2].groups[0]: unknown group "ap"; did you mean "app"?',
      'policy/groups.json:11:67: groups.db.services.postgres.from[0]: unknown group "ap"; did you mean "app"?',
      'policy/networks.json:5:16: networks.office[0]: "203.0.113.5/25" has host bits set; the range is 203.0.113.0/25',
      'policy/people.json:5:21: people.bob.uid: uid 10001 is already that of person "alice"',
      'policy/tests.json:3:28: tests[0].to: unknown group "dbb"; did you mean "db"?',
    ],
  },
]);

const SECRET = (key: string, yaml: string) =>
  stack("  palisade:region", `  palisade:${key}: ${yaml}\n  palisade:region`);

caseTable("secrets", [
  { title: "an encrypted one", edits: [SECRET("secret", '{ secure: "v1:x:y" }')], problems: [] },
  ...["secret", "nextSecret", "previousSecret"].map((key) => ({
    title: `${key} in clear, of which nothing is repeated`,
    edits: [SECRET(key, "PLAIN")],
    problems: [
      `Pulumi.dev.yaml:4:${14 + key.length}: palisade:${key}: this is not encrypted, and can be read by whoever reads this file or its history: make another one, and set it with: openssl rand -base64 32 | pulumi config set --secret palisade:${key}`,
    ],
  })),
]);
