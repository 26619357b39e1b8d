import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chooseAddresses } from "../../compiler/decide/places";
import {
  firewallLabel,
  instanceLabel,
  linodeLabel,
  linodeTags,
  vpcLabel,
} from "../../compiler/clouds/linode-labels";
import { LINODE_LABELS, LINODE_LIMITS } from "../../compiler/clouds/linode-limits";
import { formatProblem } from "../../compiler/problem";
import { groups, networks, stack } from "./support/cases";
import { checkAfter, TODAY, type Edit } from "./support/sample";

const APP = '"api": { "ports": ["8000-8010/tcp"], "from": ["web"] }';
const OFFICE = '"office": ["203.0.113.0/25", "2001:db8:ff1::/48"]';

/** The sample with so many services of `app`, each open to another network. */
const partners = (count: number) => {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const services = numbers.map((n) => `"p${n}": { "ports": ["${9000 + 2 * n}/tcp"], "from": ["net:p${n}"] }`);
  const ranges = numbers.map((n) => `"p${n}": ["192.0.2.${n}/32"]`);
  return [groups(APP, [APP, ...services].join(", ")), networks(OFFICE, [OFFICE, ...ranges].join(", "))];
};

const errorsAfter = (edits: readonly Edit[]): string[] =>
  checkAfter(TODAY, ...edits)
    .problems.filter(({ severity }) => severity === "error")
    .map(formatProblem);

const REFUSED: [title: string, edits: Edit[], problems: string[]][] = [
  ["nothing: failsafe, IKE and what drops leave 21 rules", partners(21), []],
  [
    "a rule too many, at the entry that needs it",
    partners(22),
    [
      "Pulumi.dev.yaml:8:42: palisade:hosts[2].groups: hosts on Linode in all and app need 26 rules of a Cloud Firewall, which takes 25: give services the same networks, so that their ports share a rule, name fewer ranges, or put the services on hosts of their own",
    ],
  ],
  [
    "a subnet that Linode uses itself",
    [
      stack("linode: 198.51.100.32/27", "linode: 192.168.128.0/24"),
      stack(", address: 198.51.100.40", ""),
      networks('"198.51.100.0/24", ', '"198.51.100.0/24", "192.168.128.0/24", '),
    ],
    [
      'Pulumi.dev.yaml:14:53: palisade:subnets.linode: "192.168.128.0/24" is in none of the ranges that a VPC of Linode may use: 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/17',
    ],
  ],
];

describe("at plan time, Linode is not asked for what it would refuse", () => {
  for (const [title, edits, problems] of REFUSED) {
    test(title, () => assert.deepEqual(errorsAfter(edits), problems));
  }
});

test("the last two addresses of a subnet on Linode are nobody's, and all others stay where they are", () => {
  const names = Array.from({ length: 60 }, (_, index) => ({ name: `h${index}` }));
  for (const host of names) {
    const [aws] = chooseAddresses("198.51.100.32/28", [host]).values();
    const [linode] = chooseAddresses("198.51.100.32/28", [host], "linode").values();
    assert.equal(linode, aws === "198.51.100.46" ? "198.51.100.36" : aws);
  }
  assert.equal(chooseAddresses("198.51.100.32/28", names.slice(0, 10), "linode").size, 10);
  assert.throws(() => chooseAddresses("198.51.100.32/28", names.slice(0, 11), "linode"), /room for 10/);
});

describe("labels and tags", () => {
  const LONG = `a${"b".repeat(30)}`;
  test("what fits is left as it is", () => {
    assert.equal(instanceLabel("web-1", "dev"), "web-1.dev");
    assert.equal(vpcLabel("dev", "us-east"), "palisade-dev-us-east");
    assert.equal(firewallLabel("prod", "us-east", "app.db"), "palisade-prod-us-east-app.db");
  });

  test("what is too long or of another form is mended, the same every time and apart from others", () => {
    const one = firewallLabel("prod", "us-east", "application-servers");
    assert.match(one, /^palisade-prod-us-east-a-[0-9a-f]{8}$/);
    assert.notEqual(one, firewallLabel("prod", "us-east", "application-servers-2"));
    assert.match(instanceLabel("web--1", "dev-"), /^web-1\.dev-[0-9a-f]{8}$/);
    assert.notEqual(instanceLabel("web--1", "dev"), instanceLabel("web-1", "dev"));
  });

  test("are inside the limits for the longest and the oddest names", () => {
    const names = ["a", "a-", "a--b", LONG, `${"a-".repeat(15)}a`, `${"a".repeat(30)}-`];
    for (const name of names) {
      for (const environment of names) {
        const instance = instanceLabel(name, environment);
        assert.match(instance, LINODE_LABELS.common);
        assert.ok(instance.length >= LINODE_LIMITS.instanceLabelShortest.limit);
        assert.ok(instance.length <= LINODE_LIMITS.instanceLabelLongest.limit);
        const vpc = vpcLabel(environment, name);
        assert.match(vpc, LINODE_LABELS.vpc);
        assert.ok(vpc.length <= LINODE_LIMITS.vpcLabelLongest.limit);
        const firewall = firewallLabel(environment, name, `${name}.${environment}`);
        assert.match(firewall, LINODE_LABELS.common);
        assert.ok(firewall.length <= LINODE_LIMITS.firewallLabelLongest.limit);
        for (const tag of linodeTags(environment, [name])) {
          assert.ok(
            tag.length >= LINODE_LIMITS.tagShortest.limit && tag.length <= LINODE_LIMITS.tagLongest.limit,
          );
        }
      }
    }
    assert.equal(linodeLabel("abc", 3), "abc");
  });

  test("every limit says where it comes from", () => {
    for (const { limit, source } of Object.values(LINODE_LIMITS)) {
      assert.ok(limit > 0);
      assert.match(source, /^https:\/\/techdocs\.akamai\.com\//);
    }
  });
});
