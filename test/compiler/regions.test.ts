import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decide } from "../../compiler/decide/decide";
import { flows } from "../../compiler/decide/flows";
import { loadRegions, type RegionExport } from "../../compiler/load/region";
import { formatProblem } from "../../compiler/problem";
import { ipsec } from "../../compiler/render/ipsec";
import { planAddresses, PUBLIC, routingDomain } from "../../compiler/decide/addresses";
import { checkAfter, TODAY } from "./support/sample";

const checked = checkAfter(TODAY);
assert.ok(checked.ok);
const { policy, inventory } = checked.value;
const ID = "0123456789abcdef";

function host(address: string, groups: string[], isolated = false) {
  return { groups, isolated, addresses: { ipv6: address }, endpoint: { host: address } };
}

const EU = {
  environment: "dev",
  secretId: ID,
  hosts: {
    "eu-app-1": host("2001:db8:c000::301", ["app", "all"]),
    "eu-app-2": host("2001:db8:c000::302", ["app"], true),
    "eu-new-1": { groups: ["app"], isolated: false },
  },
};

function load(...values: unknown[]) {
  const exported: RegionExport[] = values.map((value, index) => ({ stack: `dev-${index}`, value }));
  return loadRegions(exported, { ...inventory, secretId: ID, networks: policy.networks });
}

describe("the hosts of other regions", () => {
  const { regions, problems } = load(EU);
  const fleet = decide(policy, { ...inventory, regionHosts: regions.hosts }, TODAY);

  test("are those that have an address, with the groups they are in", () => {
    assert.deepEqual(problems, []);
    assert.deepEqual(regions.hosts, [
      { name: "eu-app-1", groups: ["all", "app"], isolated: false, stack: "dev-0" },
      { name: "eu-app-2", groups: ["all", "app"], isolated: true, stack: "dev-0" },
    ]);
    assert.deepEqual([...regions.addresses.keys()], ["eu-app-1", "eu-app-2"]);
  });

  test("are peers of those here as the policy says, unless they are isolated, and are not configured here", () => {
    assert.deepEqual(fleet.hosts.get("db-1")?.peers, ["app-1", "bastion-1", "eu-app-1"]);
    assert.equal(fleet.hosts.has("eu-app-1"), false);
  });

  test("may have an IPv4 address in any routing domain that a stack of ours has", () => {
    const elsewhere = { environment: "dev", region: "eu-central" };
    const networks = [PUBLIC, routingDomain("aws", elsewhere), routingDomain("linode", elsewhere)];
    const hosts = networks.map((network, index) => {
      const addresses = { ipv4: { address: `198.51.100.${index + 1}`, network } };
      return [`eu-${index}`, { groups: ["app"], isolated: false, addresses }] as const;
    });
    const loaded = load({ ...EU, hosts: Object.fromEntries(hosts) });
    assert.deepEqual(loaded.problems.map(formatProblem), []);
    const read = [...loaded.regions.addresses.values()].map(({ ipv4 }) => ipv4?.network);
    assert.deepEqual(read, networks);
  });

  test("have flows to hosts here, and what ends there is theirs to tell", () => {
    const found = [...flows(fleet)].map(({ from, to, port }) => `${from} ${to} ${port}`);
    assert.ok(found.includes("eu-app-1 db-1 5432/tcp"), found.join("\n"));
    assert.deepEqual(
      found.filter((flow) => flow.startsWith("eu-app-2") || / eu-/.test(flow)),
      [],
    );
  });

  test("get a connection of their own, over IPv6, pinned to their name in the environment", () => {
    const db = fleet.hosts.get("db-1");
    assert.ok(db);
    const book = new Map([...planAddresses(inventory).book, ...regions.addresses]);
    const text = ipsec(db, fleet, book).files[0]?.text ?? "";
    assert.match(
      text,
      /eu-app-1_v6 : .*\n.*\n {4}remote_addrs = 2001:db8:c000::301\n.*\n {6}id = eu-app-1\.dev\.palisade/,
    );
    assert.doesNotMatch(text, /eu-app-1_v4|eu-app-2/);
  });
});

describe("a region that is at another step of an exchange of the secret", () => {
  const [OLD, NEW] = [ID, "f".repeat(16)];
  const ours = {
    begun: { secretId: OLD },
    announced: { secretId: OLD, nextSecretId: NEW },
    switched: { secretId: NEW, previousSecretId: OLD },
    done: { secretId: NEW },
  };
  const theirs = {
    begun: { secretId: OLD, secretIds: [OLD] },
    announced: { secretId: OLD, secretIds: [OLD, NEW] },
    switched: { secretId: NEW, secretIds: [OLD, NEW] },
    done: { secretId: NEW, secretIds: [NEW] },
  };
  const STEPS = ["begun", "announced", "switched", "done"] as const;
  for (const [own, step] of STEPS.entries()) {
    for (const [other, their] of STEPS.entries()) {
      const works = Math.abs(own - other) < 2;
      test(`here ${step}, there ${their}: ${works ? "they work together" : "refused"}`, () => {
        const value = { ...EU, ...theirs[their] };
        const exported: RegionExport[] = [{ stack: "dev-0", value }];
        const context = { ...inventory, ...ours[step], networks: policy.networks };
        const { problems } = loadRegions(exported, context);
        assert.equal(problems.length, works ? 0 : 1, problems.map(formatProblem).join("\n"));
        if (!works)
          assert.match(problems.map(formatProblem).join(), /^stack dev-0: secretId: .*( trust |another one)/);
      });
    }
  }

  test("was deployed before there were several: it trusts its own secret alone", () => {
    const context = { ...inventory, ...ours.switched, networks: policy.networks };
    const { problems } = loadRegions([{ stack: "dev-0", value: EU }], context);
    assert.match(problems.map(formatProblem).join(), /its hosts do not trust this stack's secret/);
  });
});

describe("what another region exports is refused", () => {
  const refused = (title: string, values: unknown[], expected: string[]) =>
    test(title, () => assert.deepEqual(load(...values).problems.map(formatProblem), expected));

  refused(
    "of another environment, with another secret",
    [{ ...EU, environment: "prod", secretId: "f".repeat(16) }],
    [
      'stack dev-0: environment: it is of the environment "prod", and this stack of "dev": environments share nothing',
      "stack dev-0: secretId: its secret (ffffffffffffffff) is another one than this stack's: the regions of an environment have the same",
    ],
  );
  refused(
    "with a host's name or an address that somebody has",
    [
      { ...EU, hosts: { "db-1": host("2001:db8:c000::230", ["db"]) } },
      { ...EU, hosts: { "eu-1": host("2001:db8:c000::9", []) } },
      { ...EU, hosts: { "eu-1": host("2001:db8:c000::9", []) } },
    ],
    [
      'stack dev-0: hosts.db-1: host name "db-1" is already that of this stack',
      'stack dev-0: hosts.db-1.addresses.ipv6: address "2001:db8:c000::230" is already that of db-1 of this stack',
      'stack dev-2: hosts.eu-1: host name "eu-1" is already that of stack dev-1',
      'stack dev-2: hosts.eu-1.addresses.ipv6: address "2001:db8:c000::9" is already that of eu-1 of stack dev-1',
    ],
  );
  refused(
    "with addresses that are none, or no servers'",
    [
      {
        ...EU,
        hosts: {
          "eu-1": host("; reboot", []),
          "eu-2": host("2001:db8::1", []),
          "eu-3": host("192.0.2.1", []),
        },
      },
    ],
    [
      'stack dev-0: hosts.eu-1.addresses.ipv6: "; reboot" is not an IPv4 or IPv6 address',
      'stack dev-0: hosts.eu-2.addresses.ipv6: "2001:db8::1" is not within the network "fleet" of the policy',
      'stack dev-0: hosts.eu-3.addresses.ipv6: "192.0.2.1" is of the other family',
    ],
  );
  refused(
    "with names that are none",
    [{ ...EU, hosts: { "$(id)": host("2001:db8:c000::9", []) } }],
    [
      'stack dev-0: hosts["$(id)"]: "$(id)" is not valid: a name is a lower-case letter, then at most 30 lower-case letters, digits and dashes',
    ],
  );
});
