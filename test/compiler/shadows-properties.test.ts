import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { shadowedRules } from "../../compiler/check/shadows";
import { effects } from "./support/effects";
import {
  EVERY_HOST,
  inventory,
  login,
  OCCASIONS,
  policyOf,
  ruleset,
  service,
  serviceAccount,
  without,
  type Document,
} from "./support/rulesets";
import { TODAY } from "./support/sample";

const RUNS = { numRuns: Number(process.env["PALISADE_RUNS"] ?? 1000) };

test("deleting what is shadowed, one alone or all at once, changes nothing for anybody, anywhere, ever", () => {
  let found = 0;
  fc.assert(
    fc.property(ruleset, inventory, fc.nat(), (document, hosts, pick) => {
      const policy = policyOf(document);
      const paths = [...shadowedRules(policy, TODAY).keys()].map(({ path }) => path);
      if (paths.length === 0) return;
      found += paths.length;
      const one = paths[pick % paths.length] ?? "";
      const [without1, withoutAll] = [policyOf(without(document, [one])), policyOf(without(document, paths))];
      for (const occasion of OCCASIONS) {
        const before = effects(policy, hosts, occasion);
        assert.deepEqual(effects(without1, hosts, occasion), before, one);
        assert.deepEqual(effects(withoutAll, hosts, occasion), before);
      }
    }),
    RUNS,
  );
  assert.ok(found > RUNS.numRuns, `only ${found} were found`);
});

interface Two {
  document: Document;
  paths: string[];
}

/** A policy of nothing but two rules of one kind, and where they are. */
const twoRules: fc.Arbitrary<Two> = (() => {
  const where = fc.constantFrom("all", "app", "web");
  const standing = <T extends { until?: string }>(rule: T): T =>
    rule.until === TODAY ? { ...rule, until: undefined } : rule;
  const single = service.map((one) => ({ ...standing(one), from: one.from.slice(0, 1) }));
  const place = (
    groups: readonly string[],
    add: (group: Document["groups"][string], index: number) => string,
  ) => {
    const document: Document = { groups: {} };
    for (const name of ["all", "app", "web"]) document.groups[name] = { services: {}, logins: [] };
    const paths = groups.map((name, index) => {
      const group = document.groups[name];
      assert.ok(group);
      return `groups.${name}.${add(group, index)}`;
    });
    return { document, paths };
  };
  const services = fc.tuple(where, where, fc.tuple(single, single)).map(([a, b, rules]) =>
    place([a, b], ({ services }, index) => {
      services[`s${index}`] = rules[index === 0 ? 0 : 1];
      return `services.s${index}.from[0]`;
    }),
  );
  const logins = fc
    .tuple(where, where, fc.tuple(login.map(standing), login.map(standing)))
    .map(([a, b, rules]) =>
      place([a, b], ({ logins }, index) => `logins[${logins.push(rules[index === 0 ? 0 : 1]) - 1}]`),
    );
  const accounts = fc
    .tuple(where, where, fc.tuple(serviceAccount.map(standing), serviceAccount.map(standing)))
    .map(([a, b, rules]) =>
      place([a, b], (group, index) => {
        const list = (group.serviceAccounts ??= []);
        return `serviceAccounts[${list.push(rules[index === 0 ? 0 : 1]) - 1}]`;
      }),
    );
  return fc.oneof(
    { arbitrary: services, weight: 4 },
    { arbitrary: logins, weight: 3 },
    { arbitrary: accounts, weight: 1 },
  );
})();

test("of two rules one is shadowed exactly if without it nobody has less", () => {
  let found = 0;
  fc.assert(
    fc.property(twoRules, ({ document, paths }) => {
      const policy = policyOf(document);
      const told = [...shadowedRules(policy, TODAY).keys()].map(({ path }) => path);
      const before = OCCASIONS.map((occasion) => effects(policy, EVERY_HOST, occasion));
      const idle = paths.filter((path) => {
        const less = policyOf(without(document, [path]));
        return OCCASIONS.every((occasion, index) =>
          isDeepStrictEqual(effects(less, EVERY_HOST, occasion), before[index]),
        );
      });
      assert.ok(
        told.every((path) => idle.includes(path)),
        told.join(),
      );
      // Of two that give the same, one is told.
      assert.equal(told.length, Math.min(idle.length, 1), idle.join());
      found += told.length;
    }),
    RUNS,
  );
  assert.ok(found > RUNS.numRuns / 40, `only ${found} were found`);
});
