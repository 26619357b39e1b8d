import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { compare } from "../../compiler/compare/compare";
import type { Change } from "../../compiler/compare/change";
import { addressesOf, cidrsOf, minus, portsWithout } from "../../compiler/compare/ranges";
import { parsePort } from "../../compiler/validate/port";
import { addressesIn, flowEffects, probesIn, stackOf } from "./support/effects";
import { inventory, policyOf, PORTS, ruleset } from "./support/rulesets";

/*
 * What is said of two random stacks is, item by item, what one has and the other has not.
 */

const RUNS = { numRuns: Number(process.env["PALISADE_RUNS"] ?? 1000) };

const sides = fc
  .record({
    document: ruleset,
    other: fc.option(ruleset, { freq: 2, nil: undefined }),
    hosts: fc.tuple(inventory, inventory),
    isolated: fc.tuple(fc.nat({ max: 8 }), fc.nat({ max: 8 })),
  })
  .map(({ document, other, hosts, isolated }) =>
    [document, other ?? document].map((written, side) => {
      const [own = [], cut] = [hosts[side === 0 ? 0 : 1], `h${isolated[side === 0 ? 0 : 1]}`];
      return stackOf(policyOf(written), own, {
        isolated: own.flatMap(({ name }) => (name === cut ? [name] : [])),
      });
    }),
  );

/** What a list of changes says, in the words of `flowEffects`. */
function flowsSaid(changes: readonly Change[]): string[] {
  return changes.flatMap((change) => {
    if (change.kind !== "flow" && change.kind !== "network") return [];
    const senders = change.kind === "flow" ? change.from.hosts : addressesIn(change.ranges);
    return senders.flatMap((sender) =>
      change.to.hosts
        .filter((to) => to !== sender)
        .flatMap((to) => probesIn(change.port).map((probe) => `${sender} ${to} ${probe}`)),
    );
  });
}

test("the flows that are gained and lost are exactly those that one side alone has, each said once", () => {
  let count = 0;
  fc.assert(
    fc.property(sides, ([base, head]) => {
      assert.ok(base && head);
      const [before, after] = [flowEffects(base.model), flowEffects(head.model)];
      const [changes] = compare([{ stack: "dev", base, head }]).stacks;
      assert.ok(changes);
      const beyond = (own: Set<string>, other: Set<string>) =>
        [...own].filter((one) => !other.has(one)).sort();
      assert.deepEqual(flowsSaid(changes.gained).sort(), beyond(after, before));
      assert.deepEqual(flowsSaid(changes.lost).sort(), beyond(before, after));
      count += changes.gained.length + changes.lost.length;
    }),
    RUNS,
  );
  assert.ok(count > RUNS.numRuns, String(count));
});

test("blocks are exactly the addresses, aligned, and the fewest", () => {
  const cidr = fc.tuple(fc.nat({ max: 255 }), fc.integer({ min: 24, max: 32 })).map(([last, bits]) => {
    const size = 2 ** (32 - bits);
    return `192.0.2.${Math.floor(last / size) * size}/${bits}`;
  });
  const several = fc.array(cidr, { maxLength: 6 });
  fc.assert(
    fc.property(several, several, (from, taken) => {
      const left = minus(addressesOf(from), addressesOf(taken));
      const blocks = cidrsOf(left).map((text) => {
        const [, last = "", bits = ""] = /^192\.0\.2\.(\d+)\/(\d+)$/.exec(text) ?? [];
        return { first: Number(last), size: 2 ** (32 - Number(bits)) };
      });
      const holds = (ranges: readonly string[]) => {
        const found = new Set<number>();
        for (const range of ranges) {
          const [, last = "", bits = ""] = /(\d+)\/(\d+)$/.exec(range) ?? [];
          for (let at = 0; at < 2 ** (32 - Number(bits)); at++) found.add(Number(last) + at);
        }
        return found;
      };
      const [own, gone] = [holds(from), holds(taken)];
      const expected = [...own].filter((number) => !gone.has(number)).sort((a, b) => a - b);
      const covered = blocks.flatMap(({ first, size }) =>
        Array.from({ length: size }, (_, at) => first + at),
      );
      assert.deepEqual(covered, expected);
      for (const [index, { first, size }] of blocks.entries()) {
        assert.equal(first % size, 0, "aligned");
        const next = blocks[index + 1];
        const joins = next?.first === first + size && next.size === size && first % (2 * size) === 0;
        assert.ok(!joins, "two blocks that are one");
      }
    }),
    RUNS,
  );
});

test("ports without others are exactly the numbers that are left", () => {
  const some = fc.uniqueArray(fc.constantFrom(...PORTS), { maxLength: 4 });
  const read = (texts: readonly string[]) =>
    texts.flatMap((text) => {
      const parsed = parsePort(text);
      return "port" in parsed ? [parsed.port] : [];
    });
  fc.assert(
    fc.property(some, some, (ports, taken) => {
      const left = portsWithout(read(ports), read(taken)).flatMap((port) =>
        probesIn(port.protocol === "icmp" ? "icmp" : `${port.first}-${port.last}/${port.protocol}`),
      );
      const gone = new Set(taken.flatMap(probesIn));
      const expected = new Set(ports.flatMap(probesIn).filter((probe) => !gone.has(probe)));
      assert.deepEqual(left.sort(), [...expected].sort());
    }),
    RUNS,
  );
});
