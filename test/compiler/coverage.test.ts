import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { coverageOf, coverageSummary } from "../../compiler/check/coverage";
import { decideUntested, type DecidedStack } from "../../compiler/check/stack";
import { runTests } from "../../compiler/check/tests";
import { groups, stack } from "./support/cases";
import { stackOf } from "./support/effects";
import { inventory, PEOPLE, policyOf, PORTS, ruleset, without, type Document } from "./support/rulesets";
import { edited, inputOf, TODAY, type Edit } from "./support/sample";

function decided(...edits: Edit[]): DecidedStack {
  const checked = decideUntested(inputOf(edited(edits)), TODAY);
  assert.ok(checked.ok, JSON.stringify(checked.problems));
  return checked.value;
}

/** What no test of the sample would miss, after changes. */
function missed(...edits: Edit[]): string[] {
  return coverageOf([decided(...edits)], TODAY).missed.map(({ path, gives }) => `${path}: ${gives}`);
}

const only = (...policyTests: object[]): Edit => ({
  file: "tests.json",
  to: JSON.stringify({ tests: policyTests }),
});
const flow = (from: string, to: string, port: string) => ({ from, to, port, expect: "allow" });

describe("coverage", () => {
  test("lists with file, line and column what could be deleted, and no test would fail", () => {
    const found = coverageOf([decided()], TODAY);
    assert.equal(coverageSummary(found), "10 of 11 rules would be missed by no test");
    assert.deepEqual(found.missed[0], {
      path: "groups.all.services.ssh.from[0]",
      file: "policy/groups.json",
      line: 4,
      column: 60,
      gives: "bastion on 22/tcp",
    });
    assert.deepEqual(
      found.missed.map(({ path, gives, line }) => `${line} ${path}: ${gives}`),
      [
        "4 groups.all.services.ssh.from[0]: bastion on 22/tcp",
        "7 groups.bastion.services.ssh.from[0]: net:office on 22/tcp",
        "8 groups.web.services.site.ports[0]: 80/tcp",
        "8 groups.web.services.site.ports[1]: 443/tcp",
        "8 groups.web.services.site.from[0]: net:internet on 80/tcp, 443/tcp",
        "9 groups.app.services.api.from[0]: web on 8000-8010/tcp",
        "11 groups.db.services.postgres.from[0]: app on 5432/tcp",
        "11 groups.db.services.postgres.from[1]: self on 5432/tcp",
        "12 groups.db.logins[0]: team dbas",
        "12 groups.db.logins[1]: dave",
      ],
    );
  });

  const ROWS: [title: string, edits: Edit[], gone: string[]][] = [
    [
      "a flow of a group",
      [only(flow("app", "db", "5432/tcp"))],
      ["groups.db.services.postgres.from[0]: app"],
    ],
    ["a flow of self", [only(flow("db", "db", "5432/tcp"))], ["groups.db.services.postgres.from[1]: self"]],
    [
      "one port of two",
      [only(flow("net:internet", "web", "443/tcp"))],
      ["groups.web.services.site.ports[1]: 443/tcp", "groups.web.services.site.from[0]: net:internet"],
    ],
    [
      "a network within another",
      [only(flow("net:office", "web", "80/tcp"))],
      ["groups.web.services.site.ports[0]: 80/tcp", "groups.web.services.site.from[0]: net:internet"],
    ],
    ["a number of a range", [only(flow("web", "app", "8004/tcp"))], ["groups.app.services.api.from[0]: web"]],
    [
      "a rule of all, by any group",
      [only(flow("bastion", "db", "22/tcp"))],
      ["groups.all.services.ssh.from[0]"],
    ],
    ["a rule of all, by all", [only(flow("bastion", "all", "22/tcp"))], ["groups.all.services.ssh.from[0]"]],
    [
      "a login of a team",
      [only({ person: "bob", group: "db", expect: "login" })],
      ["groups.db.logins[0]: team dbas"],
    ],
    ["what must not be", [only({ from: "web", to: "db", port: "5432/tcp", expect: "deny" })], []],
    [
      "what another rule gives as well",
      [only(flow("app", "db", "5432/tcp")), groups('"app", "self"', '"app", "any"')],
      [],
    ],
    [
      "a test that fails in an environment without a stack",
      [
        only({ person: "bob", group: "db", expect: "login" }),
        groups('{\n  "groups"', '{\n  "environments": ["dev", "prod"],\n  "groups"'),
      ],
      ["groups.db.logins[0]: team dbas"],
    ],
    [
      "an environment without a stack that the policy lists",
      [
        only({ person: "bob", group: "db", environment: "prod", expect: "login" }),
        groups('{\n  "groups"', '{\n  "environments": ["dev", "prod"],\n  "groups"'),
        groups('"environments": ["dev"] }', '"environments": ["prod"] }'),
      ],
      ["groups.db.logins[0]: team dbas"],
    ],
  ];
  for (const [title, edits, gone] of ROWS) {
    test(`of ${title}`, () => {
      const [, ...others] = edits;
      const [before, after] = [missed(only(), ...others), missed(...edits)];
      const noticed = before.filter((rule) => !after.includes(rule));
      assert.equal(noticed.length, gone.length, noticed.join());
      gone.forEach((start, index) => assert.ok(noticed[index]?.startsWith(start), noticed[index]));
    });
  }

  test("counts nothing that has ended", () => {
    const ended = coverageOf([decided(groups("2027-01-01", TODAY))], TODAY);
    assert.equal(coverageSummary(ended), "9 of 10 rules would be missed by no test");
  });

  test("is of all environments of the stacks together", () => {
    const inProd = only({ person: "bob", group: "db", environment: "prod", expect: "login" });
    const everywhere = groups('"team": "dbas", "environments": ["dev"]', '"team": "dbas"');
    const prod = decided(inProd, everywhere, stack("environment: dev", "environment: prod"));
    const dev = decided(inProd, everywhere);
    const rules = (stacks: DecidedStack[]) => coverageOf(stacks, TODAY).missed.length;
    assert.deepEqual([rules([dev]), rules([prod]), rules([dev, prod])], [11, 10, 10]);
  });
});

/** Each checks a whole policy some twenty times. */
const RUNS = Number(process.env["PALISADE_RUNS"] ?? 1000) / 5;

/** Tests of every kind; those that do not hold are left out later. */
const policyTest = fc.oneof(
  fc.record({
    from: fc.constantFrom("all", "app", "web", "net:world", "net:office", "net:desk"),
    to: fc.constantFrom("all", "app", "web"),
    port: fc.constantFrom(...PORTS, "86/tcp", "80-95/tcp"),
    expect: fc.constantFrom("allow", "allow", "deny"),
    environment: fc.constantFrom(undefined, "dev", "prod"),
  }),
  fc.record({
    person: fc.constantFrom(...Object.keys(PEOPLE)),
    group: fc.constantFrom("all", "app", "web"),
    expect: fc.constantFrom("login", "sudo", "none"),
    environment: fc.constantFrom(undefined, "dev", "prod"),
  }),
);

/** The paths of what may be deleted, from the document alone. */
function deletable({ groups }: Document): string[] {
  const stands = (rule: object) => !("until" in rule) || typeof rule.until !== "string" || TODAY < rule.until;
  return Object.entries(groups).flatMap(([name, { services, logins }]) => [
    ...Object.entries(services).flatMap(([service, written]) => {
      if (!stands(written)) return [];
      const path = `groups.${name}.services.${service}`;
      const ports = written.ports.length > 1 ? written.ports : [];
      return [
        ...written.from.map((_, index) => `${path}.from[${index}]`),
        ...ports.map((_, index) => `${path}.ports[${index}]`),
      ];
    }),
    ...logins.flatMap((login, index) => (stands(login) ? [`groups.${name}.logins[${index}]`] : [])),
  ]);
}

test("coverage is what comes of deleting each rule and checking the whole again", () => {
  const counts = { noticed: 0, missed: 0 };
  fc.assert(
    fc.property(
      ruleset,
      inventory,
      fc.array(policyTest, { minLength: 15, maxLength: 40 }),
      (document, hosts, written) => {
        const stacksOf = (groups: Document, tests: readonly object[]) => {
          const draft = policyOf(groups, tests);
          return ["dev", "prod"].map((environment) => stackOf(draft, hosts, { environment }));
        };
        const failing = (groups: Document, tests: readonly object[]) =>
          new Set(stacksOf(groups, tests).flatMap((one) => runTests(one, TODAY).map(({ path }) => path)));
        const wrong = failing(document, written);
        const right = written.filter((_, index) => !wrong.has(`tests[${index}]`));
        const expected = deletable(document).filter(
          (path) => failing(without(document, [path]), right).size === 0,
        );
        const found = coverageOf(stacksOf(document, right), TODAY);
        assert.equal(found.rules, deletable(document).length);
        assert.deepEqual(found.missed.map(({ path }) => path).sort(), expected.sort());
        counts.missed += expected.length;
        counts.noticed += found.rules - expected.length;
      },
    ),
    { numRuns: RUNS },
  );
  assert.ok(Math.min(counts.missed, counts.noticed) > RUNS / 2, JSON.stringify(counts));
});
