import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatProblem } from "../../compiler/problem";
import { stack, type BrokenCase } from "./support/cases";
import { checkAfter, otherStack, sshKey, TODAY } from "./support/sample";

const dev = (key: string) => stack("  palisade:certificateEpoch", `  ${key}\n  palisade:certificateEpoch`);
const file = (name: string, text: string) => ({ file: `Pulumi.${name}.yaml`, to: text });
const mutual: [string, string] = [
  "  palisade:certificateEpoch",
  "  palisade:regionStacks: [dev]\n  palisade:certificateEpoch",
];
const [ONE, TWO, THREE] = ["0123456789abcdef", "fedcba9876543210", "aaaaaaaaaaaaaaaa"];
const secretId = (id: string): [string, string] => [
  "  palisade:certificateEpoch",
  `  palisade:secretId: "${id}"\n  palisade:certificateEpoch`,
];

const ids = (id: string, second: string): [string, string] => [
  "  palisade:certificateEpoch",
  `  palisade:secretId: "${id}"\n  palisade:${second}\n  palisade:certificateEpoch`,
];

const CASES: BrokenCase[] = [
  {
    title: "nothing, where another environment has everything of its own",
    edits: [file("prod", otherStack("prod")), dev(`palisade:secretId: "${ONE}"`)],
    problems: [],
  },
  {
    title: "nothing, where two regions name each other",
    edits: [file("dev-eu", otherStack("dev", mutual)), dev("palisade:regionStacks: [dev-eu]")],
    problems: [],
  },
  {
    title: "a stack of another environment among regionStacks",
    edits: [file("prod", otherStack("prod", mutual)), dev("palisade:regionStacks: [prod]")],
    problems: [
      'Pulumi.dev.yaml:16:27: palisade:regionStacks[0]: "prod" is of the environment "prod", and this stack of "dev": environments share nothing',
    ],
  },
  {
    title: "a region that is not there, this stack itself, and one that does not answer",
    edits: [file("dev-eu", otherStack("dev")), dev("palisade:regionStacks: [dev-ue, dev, dev-eu]")],
    problems: [
      'Pulumi.dev.yaml:16:27: palisade:regionStacks[0]: unknown stack "dev-ue"; did you mean "dev-eu"?',
      "Pulumi.dev.yaml:16:35: palisade:regionStacks[1]: is this stack itself; name the environment's other regions",
      'Pulumi.dev.yaml:16:40: warning: palisade:regionStacks[2]: Pulumi.dev-eu.yaml does not name "dev" among its regionStacks: its hosts will not know those of this stack',
    ],
  },
  {
    title: "a region that cannot be read",
    edits: [file("dev-eu", "config: ["), dev("palisade:regionStacks: [dev-eu]")],
    problems: [
      'Pulumi.dev.yaml:16:27: palisade:regionStacks[0]: "dev-eu" cannot be read; see: palisade check --stack dev-eu',
    ],
  },
  {
    title: "a host's name in two regions, listed by count",
    edits: [
      file("dev-eu", otherStack("dev", mutual, ["eu-web", "web"])),
      dev("palisade:regionStacks: [dev-eu]"),
    ],
    problems: [
      'Pulumi.dev.yaml:7:15: palisade:hosts[1].name: "web-1" is a host of Pulumi.dev-eu.yaml too; a name is one host\'s in the environment',
      'Pulumi.dev.yaml:7:15: palisade:hosts[1].name: "web-2" is a host of Pulumi.dev-eu.yaml too; a name is one host\'s in the environment',
    ],
  },
  {
    title: "a host's name in two environments is no matter",
    edits: [file("prod", otherStack("prod", ["eu-web", "web"]))],
    problems: [],
  },
  {
    title: "an address in two stacks",
    edits: [file("prod", otherStack("prod", ["2001:db8:c000::231", "2001:db8:c000::230"]))],
    problems: [
      'Pulumi.dev.yaml:12:16: palisade:hosts[3].address: "2001:db8:c000::230" is the address of a host in Pulumi.prod.yaml too',
    ],
  },
  {
    title: "an address in another stack's subnet",
    edits: [stack("198.51.100.230", "198.51.100.70"), file("prod", otherStack("prod"))],
    problems: [
      'Pulumi.dev.yaml:12:16: palisade:hosts[3].address: "198.51.100.70" is within the subnet 198.51.100.64/27 of Pulumi.prod.yaml',
    ],
  },
  {
    title: "overlapping subnets",
    edits: [file("prod", otherStack("prod", ["198.51.100.64/27", "198.51.100.16/28"]))],
    problems: [
      'Pulumi.dev.yaml:14:28: palisade:subnets.aws: "198.51.100.0/27" overlaps the subnet 198.51.100.16/28 of Pulumi.prod.yaml',
    ],
  },
  {
    title: "a failsafe of another environment's servers",
    edits: [
      stack("[203.0.113.0/28,", "[203.0.113.0/28, 198.51.100.64/26,"),
      file("prod", otherStack("prod")),
    ],
    problems: [
      'Pulumi.dev.yaml:15:22: warning: palisade:failsafe: 198.51.100.64/26 is within the network "fleet": servers there reach SSH on every host',
      'Pulumi.dev.yaml:15:39: palisade:failsafe[1]: "198.51.100.64/26" holds servers of the environment "prod" (Pulumi.prod.yaml): environments share nothing',
    ],
  },
  {
    title: "a network of the policy that is servers' own",
    edits: [{ file: "networks.json", from: '"office": [', to: '"office": ["198.51.100.64/27", ' }],
    problems: [
      'policy/networks.json:5:16: networks.office[0]: 198.51.100.64/27 is within "fleet", where servers are: name their group instead',
    ],
  },
  {
    title: "one secret in two environments",
    edits: [file("prod", otherStack("prod", secretId(ONE))), dev(`palisade:secretId: "${ONE}"`)],
    problems: [
      'Pulumi.dev.yaml:16:22: palisade:secretId: Pulumi.prod.yaml, of the environment "prod", has the same secret; make this one its own with: openssl rand -base64 32 | pulumi config set --secret palisade:secret',
    ],
  },
  {
    title: "two secrets in one environment",
    edits: [file("dev-eu", otherStack("dev", secretId(TWO))), dev(`palisade:secretId: "${ONE}"`)],
    problems: [
      `Pulumi.dev.yaml:16:22: palisade:secretId: Pulumi.dev-eu.yaml, of the same environment: its secret (${TWO}) is another one than this stack's: the regions of an environment have the same`,
    ],
  },
  {
    title: "nothing, where two regions are one step of an exchange apart",
    edits: [
      file("dev-eu", otherStack("dev", ids(TWO, `previousSecretId: "${ONE}"`))),
      dev(`palisade:secretId: "${ONE}"\n  palisade:nextSecretId: "${TWO}"`),
    ],
    problems: [],
  },
  {
    title: "two regions of which one does not know the other's secret yet",
    edits: [
      file("dev-eu", otherStack("dev", ids(TWO, `previousSecretId: "${ONE}"`))),
      dev(`palisade:secretId: "${ONE}"`),
    ],
    problems: [
      `Pulumi.dev.yaml:16:22: palisade:secretId: Pulumi.dev-eu.yaml, of the same environment: this stack's hosts would not trust its secret (${TWO}): take this one a step further first`,
    ],
  },
  {
    title: "two regions of which one has dropped the other's secret",
    edits: [
      file("dev-eu", otherStack("dev", secretId(TWO))),
      dev(`palisade:secretId: "${ONE}"\n  palisade:nextSecretId: "${TWO}"`),
    ],
    problems: [
      `Pulumi.dev.yaml:16:22: palisade:secretId: Pulumi.dev-eu.yaml, of the same environment: its hosts do not trust this stack's secret (${ONE}): take the one that is behind a step further first`,
    ],
  },
  {
    title: "a next secret that is another environment's",
    edits: [
      file("prod", otherStack("prod", secretId(TWO))),
      dev(`palisade:secretId: "${ONE}"\n  palisade:nextSecretId: "${TWO}"`),
    ],
    problems: [
      'Pulumi.dev.yaml:17:26: palisade:nextSecretId: Pulumi.prod.yaml, of the environment "prod", has the same secret; make this one its own with: openssl rand -base64 32 | pulumi config set --secret palisade:nextSecret',
    ],
  },
  {
    title: "a next secret that is another environment's previous one",
    edits: [
      file("prod", otherStack("prod", ids(THREE, `previousSecretId: "${TWO}"`))),
      dev(`palisade:nextSecretId: "${TWO}"`),
    ],
    problems: [
      'Pulumi.dev.yaml:16:26: palisade:nextSecretId: Pulumi.prod.yaml, of the environment "prod", has the same secret; make this one its own with: openssl rand -base64 32 | pulumi config set --secret palisade:nextSecret',
    ],
  },
  {
    title: "a second secret that is the first one, or one of two",
    edits: [
      dev(
        [
          `palisade:secretId: "${ONE}"`,
          `palisade:nextSecretId: "${ONE}"`,
          `palisade:previousSecretId: "${TWO}"`,
        ].join("\n  "),
      ),
    ],
    problems: [
      "Pulumi.dev.yaml:17:26: palisade:nextSecretId: it is the id of palisade:secret, too: the environment goes from one secret to another",
      "Pulumi.dev.yaml:17:26: palisade:nextSecretId: there is a previousSecretId still: take the previous secret out, and up, before the next one",
    ],
  },
  {
    title: "a secretId that is none",
    edits: [dev(`palisade:secretId: ${sshKey(1).slice(0, 11)}`)],
    problems: [
      'Pulumi.dev.yaml:16:22: palisade:secretId: "ssh-ed25519" is not valid: it is 16 hexadecimal digits, as the program says them',
    ],
  },
];

describe("what stacks must not share", () => {
  for (const { title, edits, problems } of CASES) {
    test(title, () => {
      assert.deepEqual(checkAfter(TODAY, ...edits).problems.map(formatProblem), problems);
    });
  }
});
