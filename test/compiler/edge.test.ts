import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  awsGroups,
  ISOLATED,
  ruleCount,
  type AwsGroup,
  type EdgeInventory,
} from "../../compiler/clouds/aws-groups";
import type { AddressBook, FleetModel } from "../../compiler/model";
import { planAddresses } from "../../compiler/decide/addresses";
import { decidePacket, type Packet, type Ruleset } from "./support/evaluator";
import { allPackets, packets } from "./support/packets";
import { readAddress, readCidr } from "./support/parsed";
import { decideWorld, readFirewall } from "./support/rendered";
import { modelAfter, stackAfter } from "./support/sample";
import { interfaceGroups, letsThrough, type Edge, type EdgeHost } from "./support/security-groups";
import { world, type World } from "./support/world";

const RUNS = { numRuns: Number(process.env["PALISADE_RUNS"] ?? 500) };

/** The inventory of a world, as far as security groups go by it. */
function inventoryOf(written: World): EdgeInventory {
  return {
    isolated: written.isolated,
    hosts: written.hosts.map(({ name, on, groups, address, hostKey }) => {
      const common = { name, groups: [...groups, "all"].sort() };
      if (on !== "existing") return { ...common, on, size: "x", public: false };
      const ipv6 = address?.find((text) => text.includes(":"));
      return {
        ...{ ...common, on, address: "", user: "root", hostKey: hostKey ?? "" },
        ...(ipv6 === undefined ? {} : { ipv6 }),
      };
    }),
  };
}

function edgeOf(fleet: FleetModel, inventory: EdgeInventory, book: AddressBook): Edge {
  return {
    groups: awsGroups(fleet, inventory),
    book,
    hosts: inventory.hosts.map(({ name, on, groups }) => ({
      ...{ name, onAws: on === "aws" },
      groups: interfaceGroups(groups, inventory.isolated.includes(name)),
    })),
  };
}

/** A host drops in clear what has a server's address, or a neighbour's; AWS knows of neither. */
function isServerInClear({ source }: Packet, { fleet }: FleetModel): boolean {
  const address = readAddress(source);
  return [...fleet.ipv4, ...fleet.ipv6, "fe80::/10", "169.254.0.0/16"].some((text) => {
    const range = readCidr(text);
    return range[0].kind() === address.kind() && address.match(range);
  });
}

describe("security groups on AWS", () => {
  const cases = world
    .filter(({ hosts }) => hosts.some(({ on }) => on === "aws"))
    .map((written) => ({ written, decided: decideWorld(written) }))
    .chain(({ written, decided }) =>
      fc.record({
        written: fc.constant(written),
        decided: fc.constant(decided),
        to: fc.constantFrom(...written.hosts.filter(({ on }) => on === "aws")),
        packets: fc.array(packets(decided.book), { minLength: 50, maxLength: 50 }),
      }),
    );

  test("let through what the host accepts, and nothing that it does not, save what servers send in clear", () => {
    fc.assert(
      fc.property(cases, ({ written, decided, to, packets }) => {
        const edge = edgeOf(decided.model, inventoryOf(written), decided.book);
        const host = decided.model.hosts.get(to.name);
        const place = edge.hosts.find(({ name }) => name === to.name);
        assert.ok(host && place);
        const rules = readFirewall(host, decided);
        for (const packet of packets.filter(({ ipsec }) => !ipsec)) {
          const accepted = decidePacket(rules[packet.family], packet) === "ACCEPT";
          const passes = letsThrough(edge, place, packet);
          const told = `${to.name} ${JSON.stringify(packet)}`;
          if (accepted) assert.ok(passes, `AWS stops what ${told} accepts`);
          else if (passes)
            assert.ok(isServerInClear(packet, decided.model), `AWS admits for nothing: ${told}`);
        }
      }),
      RUNS,
    );
  });

  test("say nothing twice: what the group of all hosts lets in, no other repeats", () => {
    fc.assert(
      fc.property(cases, ({ written, decided }) => {
        const groups = awsGroups(decided.model, inventoryOf(written));
        const all = groups.find(({ group }) => group === "all");
        for (const { group, references, elsewhere, rules } of groups) {
          const keys = rules.map(({ traffic, source }) => JSON.stringify([traffic, source]));
          assert.equal(new Set(keys).size, keys.length);
          if (group === "all" || group === ISOLATED) continue;
          assert.ok(!references.some((name) => all?.references.includes(name)));
          assert.ok(!elsewhere.some((name) => all?.elsewhere.includes(name)));
        }
      }),
      RUNS,
    );
  });
});

describe("the sample's security groups", () => {
  const { inventory } = stackAfter();
  const model = modelAfter();
  const { book } = planAddresses(inventory);
  const edge = edgeOf(model, inventory, book);
  const sent = [...allPackets(book)].filter(({ ipsec }) => !ipsec);

  /** Whether everything that hosts accept gets through. */
  function isWideEnough(
    groups: readonly AwsGroup[],
    rules: ReadonlyMap<string, Record<"ipv4" | "ipv6", Ruleset>>,
  ): boolean {
    const onAws = edge.hosts.filter((host: EdgeHost) => host.onAws);
    return onAws.every((host) =>
      sent.every((packet) => {
        const own = rules.get(host.name);
        return (
          own === undefined ||
          decidePacket(own[packet.family], packet) === "DROP" ||
          letsThrough({ ...edge, groups }, host, packet)
        );
      }),
    );
  }

  test("have no rule, reference or peer that could be left out", () => {
    const rules = new Map(
      [...model.hosts.values()].map((host) => [host.name, readFirewall(host, { model, book })]),
    );
    assert.ok(isWideEnough(edge.groups, rules));
    for (const [index, group] of edge.groups.entries()) {
      const without = (change: Partial<AwsGroup>) => edge.groups.with(index, { ...group, ...change });
      const isError = (rule: AwsGroup["rules"][number]) =>
        rule.traffic.protocol === "icmp" && rule.traffic.type !== undefined;
      for (const rule of group.rules.filter((rule) => !isError(rule))) {
        const rest = group.rules.filter((other) => other !== rule);
        assert.ok(!isWideEnough(without({ rules: rest }), rules), `${group.group} ${rule.reason}`);
      }
      for (const name of group.references) {
        const rest = group.references.filter((other) => other !== name);
        assert.ok(!isWideEnough(without({ references: rest }), rules), `${group.group} from ${name}`);
      }
      for (const name of group.elsewhere) {
        const rest = group.elsewhere.filter((other) => other !== name);
        assert.ok(!isWideEnough(without({ elsewhere: rest }), rules), `${group.group} from ${name}`);
      }
    }
  });

  test("count as AWS counts: references in both families, hosts elsewhere in IPv6, three rules each", () => {
    const web = edge.groups.find(({ group }) => group === "web");
    assert.deepEqual([web?.references, web?.elsewhere], [[], ["app-1"]]);
    assert.ok(web);
    assert.deepEqual([ruleCount(web, "ipv4"), ruleCount(web, "ipv6")], [2, 2 + 3]);
    const bastion = edge.groups.find(({ group }) => group === "bastion");
    assert.ok(bastion);
    assert.deepEqual([bastion.references, bastion.elsewhere], [["all"], ["app-1", "db-1"]]);
    assert.deepEqual([ruleCount(bastion, "ipv4"), ruleCount(bastion, "ipv6")], [1 + 3, 1 + 3 + 6]);
  });
});
