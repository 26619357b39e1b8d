import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../../compiler/decide/decide";
import { flows } from "../../compiler/decide/flows";
import { loadStack } from "../../compiler/load/stack";
import { inventoryFromValues } from "../../compiler/source/stack";
import { decidePacket } from "./support/evaluator";
import { arePeers, expectedVerdict } from "./support/oracle";
import { packets } from "./support/packets";
import { decideWorld, fleetTexts, readFirewall } from "./support/rendered";
import { sshKey, TODAY } from "./support/sample";
import { inventoryValues, policyTexts, reversed, world, type World, type WorldHost } from "./support/world";

const RUNS = { numRuns: Number(process.env["PALISADE_RUNS"] ?? 1000) };

test("the order of everything that is written changes nothing", () => {
  fc.assert(
    fc.property(world, (written) => {
      const { model, book } = decideWorld(written);
      const other = reversed(written);
      const checked = loadStack({
        policy: { folder: "policy", files: policyTexts(other) },
        inventory: inventoryFromValues("stack", inventoryValues(other)),
      });
      assert.ok(checked.ok);
      const again = decide(checked.value.policy, checked.value.inventory, TODAY);
      assert.deepEqual(fleetTexts({ model: again, book }), fleetTexts({ model, book }));
      assert.deepEqual([...flows(again)], [...flows(model)]);
    }),
    RUNS,
  );
});

test("hosts are peers exactly if the policy has a flow between them, and both know it", () => {
  fc.assert(
    fc.property(world, (written) => {
      const { model } = decideWorld(written);
      for (const a of written.hosts) {
        const expected = written.hosts.filter((b) => arePeers(written, a, b)).map((host) => host.name);
        assert.deepEqual(model.hosts.get(a.name)?.peers, expected.sort(), a.name);
      }
    }),
    RUNS,
  );
});

test("the flows are those of the peers, sorted, each once, and none is an isolated host's", () => {
  fc.assert(
    fc.property(world, (written) => {
      const { model } = decideWorld(written);
      const found = [...flows(model)];
      const keys = found.map((flow) => [flow.from, flow.to, flow.service, flow.port].join(" "));
      assert.deepEqual(keys, [...new Set(keys)].sort());
      for (const { from, to, ipsec } of found) {
        assert.ok(!written.isolated.includes(from) && !written.isolated.includes(to));
        assert.equal(ipsec, !from.startsWith("net:"));
        if (ipsec) assert.ok(model.hosts.get(from)?.peers.includes(to));
      }
      const joined = new Set(
        found.filter((flow) => flow.ipsec).map((flow) => [flow.from, flow.to].sort().join()),
      );
      const pairs = [...model.hosts.values()].flatMap((host) =>
        host.peers.map((peer) => [host.name, peer].sort().join()),
      );
      assert.deepEqual(new Set(pairs), joined);
    }),
    RUNS,
  );
});

test("what a host's rules do with a packet is what the policy says", () => {
  const cases = world
    .map((written) => ({ written, decided: decideWorld(written) }))
    .chain(({ written, decided }) =>
      fc.record({
        written: fc.constant(written),
        decided: fc.constant(decided),
        to: fc.constantFrom(...written.hosts),
        packets: fc.array(packets(decided.book), { minLength: 50, maxLength: 50 }),
      }),
    );
  fc.assert(
    fc.property(cases, ({ written, decided, to, packets }) => {
      const host = decided.model.hosts.get(to.name);
      assert.ok(host);
      const rules = readFirewall(host, decided);
      for (const packet of packets) {
        const verdict = decidePacket(rules[packet.family], packet);
        const expected = expectedVerdict(written, decided.book, to, packet);
        assert.equal(verdict, expected, `${to.name} ${JSON.stringify(packet)}`);
      }
    }),
    RUNS,
  );
});

test("a host more in a group changes only its peers' texts", () => {
  const cases = fc.record({ written: world, groups: fc.constantFrom(["web"], ["db", "app"], []) });
  fc.assert(
    fc.property(cases, ({ written, groups }) => {
      const extra: WorldHost = {
        name: "extra",
        on: "existing",
        groups: [...groups],
        address: ["2001:db8:c000::ff"],
        hostKey: sshKey(99),
      };
      const grown: World = { ...written, hosts: [...written.hosts, extra] };
      const before = fleetTexts(decideWorld(written));
      const decided = decideWorld(grown);
      const after = fleetTexts(decided);
      const peers = decided.model.hosts.get("extra")?.peers ?? [];
      for (const [name, text] of before) {
        if (!peers.includes(name)) assert.equal(after.get(name), text, name);
      }
    }),
    RUNS,
  );
});

test("accounts are those that the policy gives", () => {
  fc.assert(
    fc.property(world, (written) => {
      const { model } = decideWorld(written);
      for (const host of written.hosts) {
        const logins = Object.entries(written.groups)
          .filter(([group]) => group === "all" || host.groups.includes(group))
          .flatMap(([, { logins }]) => logins)
          .filter(
            ({ environments, until }) => (environments?.includes("dev") ?? true) && (until ?? "9") > TODAY,
          );
        for (const [name, { teams }] of Object.entries(written.people)) {
          const mine = logins.filter((login) => login.person === name || teams.includes(login.team ?? ""));
          const account = model.hosts.get(host.name)?.accounts.find(({ person }) => person.name === name);
          assert.equal(account !== undefined, mine.length > 0, `${name} on ${host.name}`);
        }
      }
    }),
    RUNS,
  );
});
