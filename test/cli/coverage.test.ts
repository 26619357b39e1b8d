import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { tests } from "../compiler/support/cases";
import { palisade, project } from "./support/project";

const RULES = {
  "groups.all.services.ssh.from[0]": "bastion on 22/tcp",
  "groups.db.services.postgres.from[1]": "self on 5432/tcp",
};
const WATCHED = { file: "groups.json", to: watched() };

/** Groups whose every rule but those of `RULES` the sample's tests watch. */
function watched(): string {
  return JSON.stringify({
    groups: {
      all: {
        services: { ssh: { ports: ["22/tcp"], from: ["bastion"] } },
        logins: [{ team: "sre", sudo: true }],
      },
      ...{ bastion: {}, web: {}, app: {} },
      db: { services: { postgres: { ports: ["5432/tcp"], from: ["app", "self"] } } },
    },
  });
}

/** A project whose tests miss nothing but `RULES`. */
function watchedProject(...more: string[]): string {
  const written = ['"app", "to": "db", "port": "5432/tcp"', ...more].map(
    (test) => `{ "from": ${test}, "expect": "allow" },`,
  );
  return project(WATCHED, tests('"tests": [', `"tests": [${written.join("")}`));
}

const ALL_WATCHED = ['"bastion", "to": "all", "port": "22/tcp"', '"db", "to": "db", "port": "5432/tcp"'];

describe("check --coverage", () => {
  test("is a table of what no test would miss, and how much of all that is", () => {
    const { status, stdout } = palisade(watchedProject(), "check", "--coverage");
    assert.equal(status, 0);
    const lines = stdout.trimEnd().split("\n");
    assert.match(lines[0] ?? "", /^✓ dev: /);
    assert.match(lines[2] ?? "", /^│ missed by no test +│ gives +│ written at +│$/);
    for (const [path, gives] of Object.entries(RULES)) {
      const place = String.raw`policy/groups\.json:1:\d+`;
      const [escaped, what] = [path, gives].map((text) => text.replaceAll(/[[\].]/g, String.raw`\$&`));
      assert.match(stdout, new RegExp(`^│ ${escaped} +│ ${what} +│ ${place} +│$`, "m"));
    }
    assert.equal(lines.at(-1), "2 of 4 rules would be missed by no test");
  });

  test("--strict makes it a failure, which is none where every rule is watched", () => {
    assert.equal(palisade(watchedProject(), "check", "--coverage", "--strict").status, 1);
    const { status, stdout } = palisade(watchedProject(...ALL_WATCHED), "check", "--coverage", "--strict");
    assert.equal(status, 0);
    assert.match(stdout, /^✓ dev: .*\n0 of 4 rules would be missed by no test\n$/);
  });

  test("--json gives it as data", () => {
    const { status, stdout } = palisade(watchedProject(), "check", "--coverage", "--json");
    assert.equal(status, 0);
    const data: unknown = JSON.parse(stdout);
    assert.ok(typeof data === "object" && data !== null && "coverage" in data && "ok" in data);
    assert.deepEqual(data.coverage, {
      rules: 4,
      missed: Object.entries(RULES).map(([path, gives], index) => ({
        path,
        file: "policy/groups.json",
        line: 1,
        column: index === 0 ? 65 : 213,
        gives,
      })),
    });
    assert.equal(data.ok, true);
  });

  test("deletes nothing while a test fails", () => {
    const failing = tests('"expect": "deny"', '"expect": "allow"');
    const { status, stdout, stderr } = palisade(project(failing), "check", "--coverage");
    assert.deepEqual({ status, stdout }, { status: 1, stdout: "" });
    assert.match(stderr, /^policy\/tests\.json:3:5: tests\[0\]: in dev, expected allow/);
  });
});
