import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { groups, people, stack, tests } from "../compiler/support/cases";
import { edited, otherStack } from "../compiler/support/sample";
import { emptyFolder, palisade, project } from "./support/project";

const BROKEN = [
  groups('"app", "self"', '"ap", "self"'),
  people("10002", "10001"),
  stack("groups: [app]", "groups: [ap]"),
];
const BROKEN_LINES = [
  'Pulumi.dev.yaml:8:43: palisade:hosts[2].groups[0]: unknown group "ap"; did you mean "app"?',
  'policy/groups.json:11:67: groups.db.services.postgres.from[0]: unknown group "ap"; did you mean "app"?',
  'policy/people.json:5:21: people.bob.uid: uid 10001 is already that of person "alice"',
];

describe("check", () => {
  test("says in a line that a stack is right", () => {
    const result = palisade(project(), "check");
    assert.deepEqual(result, {
      status: 0,
      stdout: "✓ dev: environment dev, 5 hosts, 12 flows, 3 people\n",
      stderr: "",
    });
  });

  test("tells every problem of policy and stack at once, once, however many stacks share it", () => {
    const folder = project(...BROKEN);
    writeFileSync(join(folder, "Pulumi.two.yaml"), edited([]).get("Pulumi.dev.yaml") ?? "");
    const { status, stdout, stderr } = palisade(folder, "check");
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.deepEqual(stderr.trimEnd().split("\n"), [...BROKEN_LINES, "3 problems"]);
  });

  test("--json gives the same as data", () => {
    const right = palisade(project(), "check", "--json");
    assert.deepEqual(JSON.parse(right.stdout), {
      ok: true,
      problems: [],
      stacks: [{ stack: "dev", environment: "dev", hosts: 5, flows: 12, people: 3 }],
    });
    const wrong = palisade(project(...BROKEN), "check", "--json");
    assert.equal(wrong.status, 1);
    const data: unknown = JSON.parse(wrong.stdout);
    assert.ok(
      typeof data === "object" && data !== null && "problems" in data && Array.isArray(data.problems),
    );
    assert.deepEqual(data.problems[2], {
      severity: "error",
      file: "policy/people.json",
      line: 5,
      column: 21,
      path: "people.bob.uid",
      message: 'uid 10001 is already that of person "alice"',
    });
  });

  test("a warning is told and is no failure", () => {
    const { status, stdout, stderr } = palisade(project(stack("203.0.113.0/28", "0.0.0.0/0")), "check");
    assert.equal(status, 0);
    assert.match(stdout, /^✓ dev/);
    assert.match(
      stderr,
      /Pulumi\.dev\.yaml:15:22: warning: palisade:failsafe: 0\.0\.0\.0\/0 lets the whole internet/,
    );
    assert.match(stderr, /0 problems, 1 warning/);
  });

  test("--strict makes a warning a failure", () => {
    const folder = project(people('"teams": ["dbas"]', '"teams": []'));
    assert.equal(palisade(folder, "check").status, 0);
    const strict = palisade(folder, "check", "--strict");
    assert.equal(strict.status, 1);
    assert.match(strict.stderr, /^policy\/people\.json:2:39: warning: teams\.dbas: nobody is in this team$/m);
    assert.equal(palisade(project(), "check", "--strict").status, 0);
  });

  test("--json gives warnings as data, and is not ok with --strict", () => {
    const folder = project(people('"teams": ["dbas"]', '"teams": []'));
    const warning = {
      severity: "warning",
      file: "policy/people.json",
      line: 2,
      column: 39,
      path: "teams.dbas",
      message: "nobody is in this team",
    };
    for (const [args, ok] of [
      [["check", "--json"], true] as const,
      [["check", "--json", "--strict"], false] as const,
    ]) {
      const data: unknown = JSON.parse(palisade(folder, ...args).stdout);
      assert.ok(typeof data === "object" && data !== null && "ok" in data && "problems" in data);
      assert.deepEqual({ ok: data.ok, problems: data.problems }, { ok, problems: [warning] });
    }
  });

  test("a group that no host of any stack is in is warned of", () => {
    const folder = project(stack("groups: [web]", "groups: []"));
    const unused = /^policy\/groups\.json:8:5: warning: groups\.web: no host of dev is in this group$/m;
    assert.match(palisade(folder, "check").stderr, unused);
    writeFileSync(join(folder, "Pulumi.prod.yaml"), otherStack("prod"));
    assert.equal(palisade(folder, "check").stderr, "");
  });

  test("a policy test that fails is an error of check, flows and render", () => {
    const folder = project(tests('"expect": "deny"', '"expect": "allow"'));
    const message =
      'policy/tests.json:3:5: tests[0]: in dev, expected allow, and no rule allows "web" to "db" on 5432/tcp; nearest is groups.db.services.postgres (policy/groups.json:11:21), which is from app, self\n1 problem\n';
    for (const args of [
      ["check"],
      ["flows", "--stack", "dev"],
      ["render", "--stack", "dev", "--out", "out"],
    ]) {
      assert.deepEqual(palisade(folder, ...args), { status: 1, stdout: "", stderr: message });
    }
    assert.ok(!existsSync(join(folder, "out")));
  });

  test("a policy test is run in each stack's environment", () => {
    const folder = project(tests('"environment": "dev", "expect": "sudo"', '"expect": "sudo"'));
    writeFileSync(join(folder, "Pulumi.prod.yaml"), otherStack("prod"));
    assert.equal(palisade(folder, "check").status, 0);
    const policy = join(folder, "policy", "groups.json");
    writeFileSync(
      policy,
      readFileSync(policy, "utf8").replace('"sudo": true', '"sudo": true, "environments": ["dev"]'),
    );
    const { status, stdout, stderr } = palisade(folder, "check");
    assert.equal(status, 1);
    assert.match(stdout, /^✓ dev: .*\n$/);
    assert.match(
      stderr,
      /^policy\/tests\.json:4:5: tests\[1\]: in prod, expected sudo, .* holds only in dev\n1 problem\n$/,
    );
  });

  test("peers that cannot reach each other are found before anything is deployed", () => {
    const { status, stderr } = palisade(project(stack(', "2001:db8:c000::230"]', "]")), "check");
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^Pulumi\.dev\.yaml: app-1: it has a flow with db-1, and the two share no address family/m,
    );
  });

  test("a stack that is not there is named, with the nearest that is", () => {
    const { status, stderr } = palisade(project(), "check", "--stack", "dve");
    assert.equal(status, 1);
    assert.equal(stderr, 'Pulumi.dve.yaml: there is no such stack here; did you mean "dev"?\n1 problem\n');
  });

  test("a policy elsewhere is found and named as the stack names it", () => {
    const folder = project(stack("  palisade:region", "  palisade:policy: rules/ours\n  palisade:region"));
    const { status, stderr } = palisade(folder, "check");
    assert.equal(status, 1);
    assert.match(stderr, /^rules\/ours\/groups\.json: the file is missing or cannot be read$/m);
  });
});

describe("flows", () => {
  test("--json is a sorted array of exactly the promised fields", () => {
    const { status, stdout } = palisade(project(), "flows", "--stack", "dev", "--json");
    const found: unknown = JSON.parse(stdout);
    assert.ok(Array.isArray(found));
    assert.equal(status, 0);
    assert.equal(found.length, 12);
    assert.deepEqual(found[0], {
      from: "app-1",
      to: "db-1",
      service: "db.postgres",
      port: "5432/tcp",
      ipsec: true,
    });
    assert.deepEqual(found[9], {
      from: "net:office",
      to: "bastion-1",
      service: "bastion.ssh",
      port: "22/tcp",
      ipsec: false,
    });
  });

  test("--json of no flows is an empty array", () => {
    const none = palisade(
      project(
        { file: "groups.json", to: '{ "groups": { "bastion": {}, "web": {}, "app": {}, "db": {} } }' },
        { file: "tests.json", to: undefined },
      ),
      "flows",
      "--stack",
      "dev",
      "--json",
    );
    assert.equal(none.stdout, "[]\n");
  });

  test("a table for people has no colours where it is no terminal", () => {
    const { stdout } = palisade(project(), "flows", "--stack", "dev");
    assert.match(stdout, /web-1 +│ app-1 +│ app\.api +│ 8000-8010\/tcp │ IPsec/);
    assert.match(stdout, /12 flows\n$/);
    assert.ok(!stdout.includes("\u001b"));
  });

  test("problems go to standard error, and standard output stays empty", () => {
    const { status, stdout } = palisade(project(...BROKEN), "flows", "--stack", "dev", "--json");
    assert.deepEqual({ status, stdout }, { status: 1, stdout: "" });
  });
});

describe("render", () => {
  test("writes a folder a host and a file a facet, and says which addresses are placeholders", () => {
    const folder = project();
    const { status, stdout, stderr } = palisade(folder, "render", "--stack", "dev", "--out", "out/deep");
    assert.equal(status, 0, stderr);
    assert.equal(stdout, "5 hosts rendered into out/deep\n");
    assert.match(
      stderr,
      /warning: only the cloud knows the IPv6 addresses of app-1, bastion-1, web-1, web-2;/,
    );
    const root = join(folder, "out", "deep");
    assert.deepEqual(readdirSync(root), ["app-1", "bastion-1", "db-1", "web-1", "web-2"]);
    for (const host of readdirSync(root)) {
      assert.deepEqual(readdirSync(join(root, host)), ["accounts.txt", "firewall.txt", "ipsec.txt"]);
      for (const file of readdirSync(join(root, host))) {
        const text = readFileSync(join(root, host, file), "utf8");
        assert.ok(text.startsWith(`# palisade ${file.replace(".txt", "")} for ${host} (dev)\n#=== file `));
        assert.ok(text.endsWith("\n#=== end\n"));
      }
    }
  });

  test("writes the same bytes again", () => {
    const folder = project();
    for (const out of ["one", "two"]) palisade(folder, "render", "--stack", "dev", "--out", out);
    assert.equal(spawnSync("diff", ["-r", "one", "two"], { cwd: folder }).status, 0);
  });

  test("--addresses takes the place of placeholders", () => {
    const folder = project();
    const ipv4 = (last: number) => ({ address: `198.51.100.${last}`, network: "aws/dev/us-east" });
    const book = {
      "web-1": { ipv4: ipv4(9), ipv6: "2001:DB8:A000::9" },
      "bastion-1": { ipv6: "2001:db8:a000::1" },
    };
    writeFileSync(join(folder, "addresses.json"), JSON.stringify(book));
    const { status, stderr } = palisade(
      folder,
      "render",
      "--stack",
      "dev",
      "--out",
      "out",
      "--addresses",
      "addresses.json",
    );
    assert.equal(status, 0, stderr);
    assert.match(stderr, /addresses of app-1, web-2;/);
    assert.match(
      readFileSync(join(folder, "out/app-1/ipsec.txt"), "utf8"),
      /remote_addrs = 2001:db8:a000::9\n/,
    );
  });

  test("--addresses that are wrong are told, and nothing is written", () => {
    const folder = project();
    const table: [string, RegExp][] = [
      ["{", /^addresses\.json:1:2: not JSON/],
      ['{ "web-9": {} }', /^addresses\.json:1:3: web-9: unknown host "web-9"; did you mean "web-1"\?/],
      ['{ "web-1": { "ipv6": "198.51.100.9" } }', /web-1\.ipv6: this is no IPv6 address/],
      ['{ "web-1": {} }', /web-1: a host has "ipv4", "ipv6" or both/],
      ['{ "web-1": { "ipv4": { "address": "198.51.100.9" } } }', /web-1\.ipv4: "network" is missing/],
      [
        '{ "web-1": { "ipv6": "2001:db8:1::1" } }',
        /web-1: its address 2001:db8:1::1 is not within the network "fleet"/,
      ],
    ];
    for (const [text, message] of table) {
      writeFileSync(join(folder, "addresses.json"), text);
      const { status, stderr } = palisade(
        folder,
        "render",
        "--stack",
        "dev",
        "--out",
        "out",
        "--addresses",
        "addresses.json",
      );
      assert.equal(status, 1, text);
      assert.match(
        stderr
          .split("\n")
          .filter((line) => !line.startsWith("warning"))
          .join("\n"),
        message,
      );
    }
    assert.ok(!existsSync(join(folder, "out")));
  });

  test("a broken policy writes nothing", () => {
    const folder = project(...BROKEN);
    assert.equal(palisade(folder, "render", "--stack", "dev", "--out", "out").status, 1);
    assert.ok(!existsSync(join(folder, "out")));
  });
});

describe("usage", () => {
  for (const args of [
    ["nonsense"],
    ["flows"],
    ["explain", "web-1"],
    ["diff"],
    ["render", "--stack", "dev"],
    ["check", "--nonsense"],
    [],
  ]) {
    test(`"palisade ${args.join(" ")}" exits with 2`, () =>
      assert.equal(palisade(project(), ...args).status, 2));
  }

  for (const args of [
    ["--help"],
    ["check", "--help"],
    ["render", "--help"],
    ["flows", "--help"],
    ["explain", "--help"],
    ["diff", "--help"],
  ]) {
    test(`"palisade ${args.join(" ")}" exits with 0 and shows how`, () => {
      const { status, stdout } = palisade(project(), ...args);
      assert.equal(status, 0);
      assert.match(stdout, args.length === 1 ? /Commands:/ : /Examples:\n {2}palisade /);
    });
  }

  test("outside of a project the remedy is told, without a stack trace", () => {
    const { status, stderr } = palisade(emptyFolder(), "check");
    assert.equal(status, 1);
    assert.equal(
      stderr,
      "palisade: there is no Pulumi.NAME.yaml here; name a stack, or go to the project's folder\n",
    );
  });
});
