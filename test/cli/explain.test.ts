import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { groups } from "../compiler/support/cases";
import { palisade, project } from "./support/project";

const DENIED = [
  "denied: web-1 to db-1 on 5432/tcp in dev",
  "  nearest is groups.db.services.postgres (policy/groups.json:11:21): admits app and self on 5432/tcp",
  "    web-1 is in web",
  "",
].join("\n");

describe("explain", () => {
  const ask = (...args: string[]) => palisade(project(), "explain", ...args, "--stack", "dev");

  test("an answer is an answer, also a denial", () => {
    assert.deepEqual(ask("web-1", "db-1", "5432/tcp"), { status: 0, stdout: DENIED, stderr: "" });
  });

  test("--exit-code makes a denial 1, and what is allowed stays 0", () => {
    assert.deepEqual(ask("web-1", "db-1", "5432/tcp", "--exit-code"), {
      status: 1,
      stdout: DENIED,
      stderr: "",
    });
    assert.equal(ask("web-1", "app-1", "8000/tcp", "--exit-code").status, 0);
    assert.equal(ask("alice", "db-1", "--exit-code").status, 0);
    assert.equal(ask("bob", "app-1", "--exit-code").status, 1);
  });

  test("--json gives the answer as data", () => {
    const { status, stdout } = ask("bob", "db-1", "--json");
    assert.equal(status, 0);
    assert.deepEqual(JSON.parse(stdout), {
      question: "login",
      person: "bob",
      host: "db-1",
      environment: "dev",
      verdict: "allowed",
      access: "login",
      sudo: [],
      rules: [
        {
          path: "groups.db.logins[0]",
          file: "policy/groups.json",
          line: 12,
          column: 18,
          gives: "team dbas may log in",
          through: ["bob is in dbas", "db-1 is in db"],
          conditions: ["holds only in dev"],
        },
      ],
      notes: [],
    });
  });

  test("an unknown name is misuse, and says what would be right", () => {
    const { status, stdout, stderr } = ask("web-1", "db-2", "5432/tcp");
    assert.deepEqual(
      { status, stdout, stderr },
      { status: 2, stdout: "", stderr: 'palisade: unknown host "db-2"; did you mean "db-1"?\n' },
    );
  });

  test("a broken policy explains nothing", () => {
    const folder = project(groups('"app", "self"', '"ap", "self"'));
    const { status, stdout } = palisade(folder, "explain", "alice", "db-1", "--stack", "dev");
    assert.deepEqual({ status, stdout }, { status: 1, stdout: "" });
  });
});
