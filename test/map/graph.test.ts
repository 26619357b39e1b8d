import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mapByGroup } from "../../map/by-group";
import { mapByHost } from "../../map/by-host";
import { ruleFlows } from "../../map/rules";
import { groups, stack } from "../compiler/support/cases";
import { TODAY } from "../compiler/support/sample";
import { reversed, world } from "../compiler/support/world";
import { ownStack, sampleStack, shownPairs, worldStack } from "./support/stacks";
import { ends, groupPairs, hostPairs, writtenStack, type Pair } from "./support/written";

const RUNS = { numRuns: 300 };

const spelled = (pairs: readonly Pair[]) => pairs.map(({ from, to, path }) => `${from} ${to} ${path}`).sort();

for (const name of ["dev", "prod"]) {
  describe(`the maps of ${name}`, () => {
    const written = writtenStack(name, TODAY);
    const decided = ownStack(name);

    test("by group: a line for each pair that the policy joins, with all of its rules", () => {
      const { lines, nodes, rules } = mapByGroup(decided);
      const title = (id: string) => nodes.find((node) => node.id === id)?.title ?? id;
      const shown = lines.flatMap(({ from, to, rules: own }) =>
        own.map((index) => `${title(from)} ${title(to)} ${rules[index]?.path ?? ""}`),
      );
      assert.deepEqual(shown.sort(), spelled(groupPairs(written)));
      assert.equal(lines.length, ends(groupPairs(written)).length);
      for (const { from, ipsec } of lines) assert.equal(ipsec, !from.startsWith("net:"));
    });

    test("by host: exactly the pairs of hosts that the policy joins", () => {
      assert.deepEqual(shownPairs(mapByHost(decided)), spelled(hostPairs(written)));
    });
  });
}

test("few lines: each host has a box of its own; many: hosts in the same groups share one", () => {
  const dev = mapByHost(ownStack("dev"));
  assert.equal(dev.lines.length, ends(hostPairs(writtenStack("dev", TODAY))).length);
  assert.ok(dev.nodes.every(({ listsHosts }) => !listsHosts));
  const prod = mapByHost(ownStack("prod"));
  const app = prod.nodes.find(({ title }) => title === "app");
  assert.deepEqual(app?.hosts, ["app-1", "app-2", "app-3", "legacy-1"]);
});

test("a map by host shows the pairs of any policy and stack, isolated hosts alone", () => {
  fc.assert(
    fc.property(world, (random) => {
      const graph = mapByHost(worldStack(random));
      const written = { ...random, environment: "dev", today: TODAY };
      assert.deepEqual([...new Set(shownPairs(graph))], [...new Set(spelled(hostPairs(written)))]);
      assert.deepEqual(
        graph.nodes.flatMap(({ hosts }) => hosts).sort(),
        random.hosts.map(({ name }) => name).sort(),
      );
    }),
    RUNS,
  );
});

test("a map by group shows the rules of any policy that join hosts of the stack", () => {
  fc.assert(
    fc.property(world, (random) => {
      const written = { ...random, environment: "dev", today: TODAY };
      const shown = ruleFlows(worldStack(random)).map(({ from, to, path }) => `${from} ${to} ${path}`);
      assert.deepEqual(shown.sort(), spelled(groupPairs(written)));
    }),
    RUNS,
  );
});

test("the order of what is written changes no more than where the rules are said to be", () => {
  fc.assert(
    fc.property(world, (random) => {
      const shape = (stack: ReturnType<typeof worldStack>) =>
        [mapByGroup(stack), mapByHost(stack)].map(({ nodes, lines }) => ({
          nodes,
          lines: lines.map(({ from, to, rules }) => ({ from, to, rules: rules.length })),
        }));
      assert.deepEqual(shape(worldStack(reversed(random))), shape(worldStack(random)));
    }),
    { numRuns: 100 },
  );
});

test("a rule says where it is written, and how many hosts it joins", () => {
  const rule = ruleFlows(sampleStack()).find(({ from, to }) => from === "app" && to === "db");
  assert.deepEqual(rule, {
    from: "app",
    to: "db",
    service: "db.postgres",
    ports: ["5432/tcp"],
    ipsec: true,
    path: "groups.db.services.postgres.from[0]",
    file: "policy/groups.json",
    line: 11,
    column: 67,
    hosts: { from: ["app-1"], to: ["db-1"] },
  });
});

test("a group that is alone does not talk to itself", () => {
  const self = ({ from, to }: { from: string; to: string }) => from === "db" && to === "db";
  assert.ok(!ruleFlows(sampleStack()).some(self));
  const two = sampleStack(
    stack("name: app-1, on: linode, groups: [app]", "name: app-1, on: linode, groups: [app, db]"),
  );
  assert.ok(ruleFlows(two).some(self));
});

test("an isolated host is there, with no line", () => {
  const { nodes, lines } = mapByHost(
    sampleStack(stack("  palisade:failsafe", "  palisade:isolated: [web-1]\n  palisade:failsafe")),
  );
  const node = nodes.find(({ title }) => title === "web-1");
  assert.equal(node?.isolated, true);
  assert.equal(node.note, "isolated · web");
  assert.ok(lines.every(({ from, to }) => from !== node.id && to !== node.id));
});

test("what a service and a group are for is told", () => {
  const described = sampleStack(groups('"api": {', '"api": { "description": "The API.",'));
  assert.equal(ruleFlows(described).find(({ to }) => to === "app")?.description, "The API.");
});
