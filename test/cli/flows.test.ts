import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { groups } from "../compiler/support/cases";
import { COMMAND, palisade, project } from "./support/project";

const FLOWS = ["flows", "--stack", "dev"];

describe("flows by group", () => {
  test("--json is a sorted array of rules, with where each is written and how many hosts it joins", () => {
    const { status, stdout } = palisade(project(), ...FLOWS, "--by", "group", "--json");
    assert.equal(status, 0);
    const found: unknown = JSON.parse(stdout);
    assert.ok(Array.isArray(found));
    assert.deepEqual(
      found.map((rule: { from: string; to: string }) => `${rule.from} ${rule.to}`),
      ["app db", "bastion all", "net:internet web", "net:office bastion", "web app"],
    );
    assert.deepEqual(found[2], {
      from: "net:internet",
      to: "web",
      service: "web.site",
      ports: ["80/tcp", "443/tcp"],
      ipsec: false,
      path: "groups.web.services.site.from[0]",
      file: "policy/groups.json",
      line: 8,
      column: 79,
      hosts: { from: null, to: 2 },
    });
  });

  test("the table has a line a rule", () => {
    const { stdout } = palisade(project(), ...FLOWS, "--by", "group");
    assert.match(
      stdout,
      /│ web +│ app +│ app\.api +│ 8000-8010\/tcp +│ IPsec +│ 2 → 1 │ groups\.app\.services\.api\.from\[0\] +│ policy\/groups\.json:\d+:\d+ +│/,
    );
    assert.match(stdout, /│ net:internet │ web .* 80\/tcp 443\/tcp │ clear +│ 2 +│/);
    assert.match(stdout, /\n5 rules\n$/);
  });
});

describe("flows as a drawing", () => {
  test("is by group if nothing else is asked for, and goes to standard output", () => {
    const folder = project();
    const { status, stdout } = palisade(folder, ...FLOWS, "--format", "dot");
    assert.equal(status, 0);
    assert.match(stdout, /^digraph palisade \{\n[^]*"group:web" -> "group:app"[^]*\}\n$/);
    assert.match(
      palisade(folder, ...FLOWS, "--format", "dot", "--by", "host").stdout,
      /"host:web-1" -> "host:app-1"/,
    );
    assert.match(palisade(folder, ...FLOWS, "--format", "svg").stdout, /^<svg [^]*<\/svg>\n$/);
  });

  test("--out writes a file, the same bytes each time, and nothing else", () => {
    const folder = project();
    const page = (name: string) => palisade(folder, ...FLOWS, "--format", "html", "--out", name);
    assert.deepEqual(page("one.html"), { status: 0, stdout: "", stderr: "" });
    page("two.html");
    const text = readFileSync(join(folder, "one.html"), "utf8");
    assert.match(text, /^<!doctype html>[^]*<\/html>\n$/);
    assert.equal(readFileSync(join(folder, "two.html"), "utf8"), text);
    assert.deepEqual(palisade(folder, ...FLOWS, "--json", "--out", "flows.json").stdout, "");
    assert.equal(
      readFileSync(join(folder, "flows.json"), "utf8"),
      palisade(folder, ...FLOWS, "--json").stdout,
    );
  });

  test("nothing is written where the policy is wrong", () => {
    const folder = project(groups('"app", "self"', '"ap", "self"'));
    const { status, stdout } = palisade(folder, ...FLOWS, "--format", "html", "--out", "flows.html");
    assert.deepEqual({ status, stdout }, { status: 1, stdout: "" });
    assert.ok(!existsSync(join(folder, "flows.html")));
  });
});

describe("flows misused", () => {
  const table: [string[], RegExp][] = [
    [
      ["--json", "--format", "svg"],
      /^palisade: --json and --format svg ask for two things; give one of them\n$/,
    ],
    [["--format", "pdf"], /Allowed choices are table, json, dot, svg, html/],
    [["--by", "port"], /Allowed choices are group, host/],
    [
      ["--format", "dot", "--out", "none/x.dot"],
      /^palisade: none\/x\.dot can't be written \(ENOENT\); name a file/,
    ],
    [["--out", "folder"], /^palisade: folder can't be written \(EISDIR\); name a file/],
  ];
  for (const [args, message] of table) {
    test(`${args.join(" ")} exits with 2 and says what would be right`, () => {
      const folder = project();
      mkdirSync(join(folder, "folder"));
      const { status, stdout, stderr } = palisade(folder, ...FLOWS, ...args);
      assert.deepEqual({ status, stdout }, { status: 2, stdout: "" });
      assert.match(stderr, message);
    });
  }

  test("a page is not thrown at a terminal", () => {
    const command = [process.execPath, COMMAND, ...FLOWS, "--format", "html"].join(" ");
    const { status, stdout } = spawnSync(
      "script",
      ["--quiet", "--return", "--command", command, "/dev/null"],
      {
        cwd: project(),
        encoding: "utf8",
      },
    );
    assert.equal(status, 2, stdout);
    assert.match(stdout, /a page is nothing to read in a terminal; add --out flows\.html/);
    assert.ok(!stdout.includes("<html"));
  });
});
