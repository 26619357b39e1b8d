import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { LINODE_LABELS, LINODE_LIMITS, type Limit } from "../../compiler/clouds/linode-limits";
import { instanceLabel } from "../../compiler/clouds/linode-labels";
import { userData } from "../../components/user-data";
import { isProperties, list, objects, text, texts, type Properties } from "./inputs";
import { numberOf, ofType, runProgram, stackConfig, type Registered } from "./program";

const INSTANCE = "linode:index/instance:Instance";
const HOSTS: Record<string, { kinds: Record<string, string[]>; all: string[] }> = {
  dev: { kinds: { app: ["app-2"], db: ["db-1"] }, all: ["app-2", "db-1"] },
  prod: { kinds: { app: ["app-3"], db: ["db-2", "db-3"] }, all: ["app-3", "db-2", "db-3"] },
};

function within(value: string, least: Limit, most: Limit, form?: RegExp): void {
  assert.ok(value.length >= least.limit && value.length <= most.limit, `${value}: ${most.source}`);
  if (form !== undefined) assert.match(value, form);
}

function checkTags(inputs: Properties, environment: string): void {
  const tags = texts(inputs, "tags");
  assert.ok(tags.includes(`palisade-${environment}`), tags.join());
  for (const tag of tags) within(tag, LINODE_LIMITS.tagShortest, LINODE_LIMITS.tagLongest);
}

function checkRule(rule: Properties): void {
  within(
    text(rule, "label"),
    LINODE_LIMITS.ruleLabelShortest,
    LINODE_LIMITS.ruleLabelLongest,
    LINODE_LABELS.common,
  );
  assert.ok(text(rule, "description").length <= LINODE_LIMITS.ruleDescriptionLongest.limit);
  const count = list(rule, "ipv4s").length + list(rule, "ipv6s").length;
  assert.ok(count > 0 && count <= LINODE_LIMITS.addressesOfRule.limit);
  const pieces = rule["ports"] === undefined ? [] : text(rule, "ports").split(/, |-/);
  assert.ok(pieces.length <= LINODE_LIMITS.portPiecesOfRule.limit);
}

for (const [stack, { kinds, all }] of Object.entries(HOSTS)) {
  for (const preview of [true, false]) {
    describe(`${stack} on Linode, ${preview ? "preview" : "up"}`, () => {
      let registered: Registered[] = [];
      before(async () => {
        registered = await runProgram({ stack, preview });
      });
      const one = (name: string): Registered => {
        const found = registered.find((resource) => resource.name === name);
        assert.ok(found, name);
        return found;
      };

      test("is a VPC with one subnet, an instance a host and a firewall a kind, and nothing else", () => {
        const names = registered.filter(({ type }) => type.startsWith("linode:")).map(({ name }) => name);
        const expected = [
          ...["linode-vpc", "linode-subnet"],
          ...all.map((host) => `${host}-instance`),
          ...Object.keys(kinds).map((kind) => `linode-firewall-${kind}`),
        ];
        assert.deepEqual(names.sort(), expected.sort());
      });

      test("labels, tags and blocks are inside Linode's limits", () => {
        const vpc = one("linode-vpc").inputs;
        assert.equal(vpc["label"], `palisade-${stack}-us-east`);
        within(
          text(vpc, "label"),
          { limit: 1, source: "" },
          LINODE_LIMITS.vpcLabelLongest,
          LINODE_LABELS.vpc,
        );
        const bits = Number(text(one("linode-subnet").inputs, "ipv4").split("/")[1]);
        assert.ok(bits <= LINODE_LIMITS.subnetPrefixLongest.limit);
        for (const { inputs } of ofType(registered, INSTANCE)) {
          const { instanceLabelShortest, instanceLabelLongest } = LINODE_LIMITS;
          within(text(inputs, "label"), instanceLabelShortest, instanceLabelLongest, LINODE_LABELS.common);
          assert.ok(list(inputs, "interfaces").length <= LINODE_LIMITS.interfacesOfInstance.limit);
          checkTags(inputs, stack);
        }
      });

      test("instances have encrypted disks, a planned address, no password and a pinned image", () => {
        for (const { inputs, ignoreChanges } of ofType(registered, INSTANCE)) {
          assert.equal(inputs["diskEncryption"], "enabled");
          assert.equal(inputs["watchdogEnabled"], true);
          assert.equal(inputs["image"], "linode/debian12");
          assert.equal("rootPass" in inputs, false);
          assert.equal("firewallId" in inputs, false, "a change of it would replace the instance");
          assert.equal(list(inputs, "authorizedKeys").length, 1);
          const [open, inside] = objects(inputs, "interfaces");
          assert.equal(open?.["purpose"], "public");
          const ipv4 = inside?.["ipv4"];
          assert.ok(isProperties(ipv4));
          assert.match(text(ipv4, "vpc"), /^198\.51\.100\.\d+$/);
          assert.deepEqual([...ignoreChanges].sort(), ["authorizedKeys", "image", "metadatas"]);
        }
      });

      test("each kind's firewall has its hosts, and drops what TCP and UDP it does not let in", () => {
        for (const [kind, hosts] of Object.entries(kinds)) {
          const { inputs } = one(`linode-firewall-${kind}`);
          const { firewallLabelShortest, firewallLabelLongest } = LINODE_LIMITS;
          within(text(inputs, "label"), firewallLabelShortest, firewallLabelLongest, LINODE_LABELS.common);
          checkTags(inputs, stack);
          const ids = hosts.map((host) => numberOf(`${host}-instance`));
          assert.deepEqual(inputs["linodes"], ids);
          assert.deepEqual([inputs["inboundPolicy"], inputs["outboundPolicy"]], ["ACCEPT", "ACCEPT"]);
          const rules = objects(inputs, "inbounds");
          assert.ok(rules.length <= LINODE_LIMITS.rulesOfFirewall.limit);
          rules.forEach(checkRule);
          assert.deepEqual(
            rules.map((rule) => rule["label"]),
            ["failsafe-ssh", "ike", "drop-tcp", "drop-udp"],
          );
        }
      });
    });
  }
}

test("addresses of peers are those that their hosts' firewalls have", async () => {
  const registered = await runProgram({ stack: "dev", preview: false });
  const firewall = registered.find(({ name }) => name === "linode-firewall-db");
  const ike = objects(firewall?.inputs ?? {}, "inbounds").find(({ label }) => label === "ike") ?? {};
  const command = registered.find(({ name }) => name === "db-1-apply");
  const stdin = text(command?.inputs ?? {}, "stdin");
  const set = (family: string, bits: number) =>
    [...stdin.matchAll(new RegExp(`^add peers\\.${family} (\\S+)$`, "gm"))].map(
      ([, address]) => `${address}/${bits}`,
    );
  assert.deepEqual([...texts(ike, "ipv4s")].sort(), set("4", 32).sort());
  assert.deepEqual([...texts(ike, "ipv6s")].sort(), set("6", 128).sort());
  assert.ok(texts(ike, "ipv6s").length > 3);
});

test("user data is inside Linode's limit, for the longest names", () => {
  const name = "a".repeat(31);
  const script = userData({
    ...{
      host: name,
      environment: name,
      deployerKey: `ssh-ed25519 ${"A".repeat(68)} palisade-deployer-${name}`,
    },
    sshHostKey: { privateKey: "k".repeat(500), publicKey: "k".repeat(100) },
  });
  assert.ok(Buffer.byteLength(script) * 4 < LINODE_LIMITS.userDataBytes.limit);
  assert.ok(instanceLabel(name, name).length <= LINODE_LIMITS.instanceLabelLongest.limit);
});

test("hosts that are alike share a firewall, and each adds its instance and 4 resources", async () => {
  const config = stackConfig("dev");
  const hosts = list(config, "palisade:hosts");
  const more = { name: "cache", on: "linode", groups: ["db"], size: "g6-nanode-1", count: 4 };
  const before = await runProgram({ stack: "dev", preview: true });
  const after = await runProgram({
    ...{ stack: "dev", preview: true },
    config: { ...config, "palisade:hosts": [...hosts, more] },
  });
  assert.equal(after.length - before.length, more.count * 5);
  const firewall = after.find(({ name }) => name === "linode-firewall-db");
  assert.equal(list(firewall?.inputs ?? {}, "linodes").length, 5);
});
