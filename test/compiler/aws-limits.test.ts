import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatProblem } from "../../compiler/problem";
import { AWS_LIMITS, AWS_QUOTAS } from "../../compiler/clouds/aws-limits";
import { groups, stack } from "./support/cases";
import { checkAfter, TODAY, type Edit } from "./support/sample";

const QUOTAS = "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html";

/** The errors of the sample with these changes. */
function errors(...edits: Edit[]): string[] {
  const { problems } = checkAfter(TODAY, ...edits);
  return problems.filter(({ severity }) => severity === "error").map(formatProblem);
}

const quotas = (text: string): Edit =>
  stack("  palisade:zones", `  palisade:quotas: { aws: { ${text} } }\n  palisade:zones`);

const CASES: { title: string; edits: Edit[]; problems: string[] }[] = [
  { title: "the sample fits into a new account", edits: [], problems: [] },
  { title: "as many rules as the account has", edits: [quotas("rulesPerGroup: 15")], problems: [] },
  {
    title: "one rule more than the account has",
    edits: [quotas("rulesPerGroup: 9")],
    problems: [
      `policy/groups.json:7:5: groups.bastion: in front of its hosts on AWS it takes 10 IPv6 rules of a security group (1 for networks, 3 for each of 1 groups of peers on AWS, 3 for each of 2 peers elsewhere), and the account has 9; have AWS raise it (${QUOTAS}), then set "palisade:quotas: { aws: { rulesPerGroup: 10 } }" or more`,
    ],
  },
  {
    title: "more rules than AWS ever allows",
    edits: [
      groups(
        '"ports": ["80/tcp", "443/tcp"], "from": ["net:internet"]',
        `"ports": [${manyPorts(1001)}], "from": ["net:internet"]`,
      ),
    ],
    problems: [
      `policy/groups.json:8:5: groups.web: in front of its hosts on AWS it takes 1001 IPv4 rules of a security group (1001 for networks, 3 for each of 0 groups of peers on AWS), and the account has 60; AWS allows 1000 at most (${QUOTAS})`,
    ],
  },
  {
    title: "a host in more groups than an interface can have",
    edits: [quotas("groupsPerInterface: 2"), stack("groups: [bastion]", "groups: [bastion, web]")],
    problems: [
      `Pulumi.dev.yaml:6:43: palisade:hosts[0].groups: "bastion-1" is in 3 groups, "all" among them, each a security group of its own, and the account has 2 a host; have AWS raise it (${QUOTAS}), then set "palisade:quotas: { aws: { groupsPerInterface: 3 } }" or more`,
    ],
  },
  {
    title: "an isolated host has one group of its own",
    edits: [
      quotas("groupsPerInterface: 2"),
      stack("groups: [bastion]", "groups: [bastion, web]"),
      stack("  palisade:connect", "  palisade:isolated: [bastion-1]\n  palisade:connect"),
    ],
    problems: [],
  },
  {
    title: "more public hosts than elastic addresses",
    edits: [stack("count: 2", "count: 6, public: true")],
    problems: [
      `Pulumi.dev.yaml:6:5: palisade:hosts: 6 hosts on AWS are public, and the account has 5 elastic addresses in a region; have AWS raise it (${QUOTAS}), then set "palisade:quotas: { aws: { elasticAddresses: 6 } }" or more`,
    ],
  },
  {
    title: "as many as were raised to",
    edits: [stack("count: 2", "count: 6, public: true"), quotas("elasticAddresses: 6")],
    problems: [],
  },
  {
    title: "quotas beyond what AWS raises them to",
    edits: [quotas("rulesPerGroup: 1001, groupsPerInterface: 17")],
    problems: [
      `Pulumi.dev.yaml:18:27: palisade:quotas.aws: rulesPerGroup × groupsPerInterface is 17017, and AWS allows 1000 at most (${QUOTAS})`,
      `Pulumi.dev.yaml:18:44: palisade:quotas.aws.rulesPerGroup: AWS raises this to 1000 at most (${QUOTAS})`,
      `Pulumi.dev.yaml:18:70: palisade:quotas.aws.groupsPerInterface: AWS raises this to 16 at most (${QUOTAS})`,
    ],
  },
  {
    title: "no zone of the region, three of them, and a name that is none",
    edits: [stack("[us-east-1a]", "[us-east-1a, eu-west-1a, b]")],
    problems: [
      "Pulumi.dev.yaml:18:19: palisade:zones: hosts are spread over 1, 2 or 4 zones, and 3 are named",
      'Pulumi.dev.yaml:18:32: palisade:zones[1]: "eu-west-1a" is no availability zone of us-east-1 (aws:region), such as us-east-1a',
      'Pulumi.dev.yaml:18:44: palisade:zones[2]: "b" is not valid: an availability zone is written as us-east-1a',
    ],
  },
  {
    title: "no region",
    edits: [stack("  aws:region: us-east-1\n", "")],
    problems: [
      'Pulumi.dev.yaml:2:3: config: "aws:region" is missing: hosts run on aws; set it with: pulumi config set aws:region us-east-1',
    ],
  },
  {
    title: "a public existing host, and an owner that no tag can hold",
    edits: [
      stack("      on: existing\n", "      on: existing\n      public: true\n"),
      stack("  palisade:connect", "  palisade:owner: Ops <ops@example.com>\n  palisade:connect"),
    ],
    problems: [
      'Pulumi.dev.yaml:11:7: palisade:hosts[3].public: "public" is only for hosts that a cloud makes',
      'Pulumi.dev.yaml:18:19: palisade:owner: "Ops <ops@example.com>" is not valid: an owner is at most 35 letters, digits, spaces and ._@/+-, with a letter or a digit at either end',
    ],
  },
];

/** So many single ports, none beside another. */
function manyPorts(count: number): string {
  return Array.from({ length: count }, (_, index) => `"${1001 + 2 * index}/tcp"`).join(", ");
}

describe("what AWS allows", () => {
  for (const { title, edits, problems } of CASES) {
    test(title, () => assert.deepEqual(errors(...edits), problems));
  }

  test("is data, each with the page that says so", () => {
    for (const [name, { limit, source }] of Object.entries({ ...AWS_LIMITS, ...AWS_QUOTAS })) {
      assert.ok(Number.isInteger(limit) && limit > 0, name);
      assert.match(source, /^https:\/\/docs\.aws\.amazon\.com\/\S+\.html$/, name);
    }
  });
});
