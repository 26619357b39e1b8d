import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatProblem } from "../../compiler/problem";
import { groups, networks, stack, tests } from "./support/cases";
import { checkAfter, TODAY, type Edit } from "./support/sample";

/** The errors of the sample with one test of the policy, after changes. */
function outcome(policyTest: Record<string, string>, ...edits: Edit[]): string[] {
  const only: Edit = { file: "tests.json", to: JSON.stringify({ tests: [policyTest] }) };
  const { problems } = checkAfter(TODAY, only, ...edits);
  return problems.filter(({ severity }) => severity === "error").map(formatProblem);
}

const flow = (from: string, to: string, port: string, expect: string) => ({ from, to, port, expect });
const login = (person: string, group: string, expect: string) => ({ person, group, expect });

const running = (person: string, command: string, expect: string) => ({
  ...login(person, "db", expect),
  command,
});
const LIMITED = groups('"team": "dbas",', '"team": "dbas", "sudo": { "commands": ["/usr/bin/id -u"] },');
const ASKED = groups('"team": "dbas",', '"team": "dbas", "sudo": { "password": true },');

/** What is wrong with `policyTest` after edits, without the place and the environment; undefined if it holds. */
function failure(policyTest: Record<string, string>, ...edits: Edit[]): string | undefined {
  const [line, ...more] = outcome(policyTest, ...edits);
  assert.deepEqual(more, []);
  if (line === undefined) return undefined;
  const place = "policy/tests.json:1:11: tests[0]: in dev, ";
  assert.ok(line.startsWith(place), line);
  return line.slice(place.length);
}

const from = (...sources: string[]) => groups('"from": ["web"]', `"from": ${JSON.stringify(sources)}`);
const networksLike = (more: string) => networks('"networks": {', `"networks": { ${more},`);

interface Row {
  title: string;
  is: Record<string, string>;
  edits?: Edit[];
  /** Absent: the test holds. */
  failure?: string;
}

const ROWS: Row[] = [
  { title: "a flow that is allowed", is: flow("web", "app", "8000/tcp", "allow") },
  { title: "a range that is allowed whole", is: flow("web", "app", "8000-8010/tcp", "allow") },
  {
    title: "a range that is allowed in part",
    is: flow("web", "app", "8005-8011/tcp", "allow"),
    failure:
      'expected allow, and no rule allows all of "web" to "app" on 8005-8011/tcp; nearest is groups.app.services.api (policy/groups.json:9:28), which is on 8000-8010/tcp',
  },
  {
    title: "a range that two services share",
    is: flow("web", "app", "8000-8011/tcp", "allow"),
    edits: [
      groups(
        '"app": { "services": {',
        '"app": { "services": { "b": { "ports": ["8011/tcp"], "from": ["any"] },',
      ),
    ],
  },
  {
    title: "a flow that is not there",
    is: flow("web", "db", "5432/tcp", "allow"),
    failure:
      'expected allow, and no rule allows "web" to "db" on 5432/tcp; nearest is groups.db.services.postgres (policy/groups.json:11:21), which is from app, self',
  },
  {
    title: "a flow that is near nothing",
    is: flow("web", "bastion", "53/udp", "allow"),
    failure:
      'expected allow, and no rule allows "web" to "bastion" on 53/udp; no service of "bastion" or "all" comes near it',
  },
  {
    title: "the same port of another protocol",
    is: flow("web", "app", "8000/udp", "allow"),
    failure:
      'expected allow, and no rule allows "web" to "app" on 8000/udp; nearest is groups.app.services.api (policy/groups.json:9:28), which is on 8000-8010/tcp',
  },
  {
    title: "a flow that another environment has",
    is: flow("web", "app", "8000/tcp", "allow"),
    edits: [groups('"from": ["web"] }', '"from": ["web"], "environments": ["prod", "test"] }')],
    failure:
      'expected allow, and no rule allows "web" to "app" on 8000/tcp; nearest is groups.app.services.api (policy/groups.json:9:28), which holds only in prod, test',
  },
  {
    title: "a flow that has ended",
    is: flow("web", "app", "8000/tcp", "allow"),
    edits: [groups('"from": ["web"] }', '"from": ["app"], "until": "2026-11-22" }')],
    failure:
      'expected allow, and no rule allows "web" to "app" on 8000/tcp; nearest is groups.app.services.api (policy/groups.json:9:28), which ended on 2026-11-22 and is from app',
  },
  { title: "a flow that is denied", is: flow("web", "db", "5432/tcp", "deny") },
  { title: "a port beside those allowed", is: flow("web", "app", "8011/tcp", "deny") },
  {
    title: "a flow that should be denied",
    is: flow("app", "db", "5432/tcp", "deny"),
    failure:
      'expected deny, and "app" to "db" on 5432/tcp is allowed by groups.db.services.postgres.from[0] (policy/groups.json:11:67)',
  },
  {
    title: "a range of which a part should be denied",
    is: flow("web", "app", "8010-9000/tcp", "deny"),
    failure:
      'expected deny, and "web" to "app" on 8010-9000/tcp is allowed by groups.app.services.api.from[0] (policy/groups.json:9:74)',
  },
  {
    title: "a flow through a service of all",
    is: flow("bastion", "db", "22/tcp", "deny"),
    failure:
      'expected deny, and "bastion" to "db" on 22/tcp is allowed by groups.all.services.ssh.from[0] (policy/groups.json:4:60)',
  },
  {
    title: "a flow from any",
    is: flow("bastion", "app", "8000/tcp", "deny"),
    edits: [groups('"from": ["web"]', '"from": ["any"]')],
    failure:
      'expected deny, and "bastion" to "app" on 8000/tcp is allowed by groups.app.services.api.from[0] (policy/groups.json:9:74)',
  },
  {
    title: "a flow by a host that is in another group too",
    is: flow("web", "db", "5432/tcp", "deny"),
    edits: [stack("groups: [web]", "groups: [web, app]")],
    failure:
      'expected deny, and "web" to "db" on 5432/tcp is allowed by groups.db.services.postgres.from[0] (policy/groups.json:11:67); web-1 is in "web" and in "app"',
  },
  {
    title: "a flow to a host that is in another group too",
    is: flow("web", "db", "8000/tcp", "deny"),
    edits: [stack("groups: [db]", "groups: [app, db]")],
    failure:
      'expected deny, and "web" to "db" on 8000/tcp is allowed by groups.app.services.api.from[0] (policy/groups.json:9:74); db-1 is in "db" and in "app"',
  },
  {
    title: "what one host has by another group is not what its group allows",
    is: flow("web", "db", "5432/tcp", "allow"),
    edits: [stack("groups: [web]", "groups: [web, app]")],
    failure:
      'expected allow, and no rule allows "web" to "db" on 5432/tcp; nearest is groups.db.services.postgres (policy/groups.json:11:21), which is from app, self',
  },
  {
    title: "to all is to every group, even one without hosts",
    is: flow("net:internet", "all", "443/tcp", "deny"),
    edits: [stack("groups: [web]", "groups: []")],
    failure:
      'expected deny, and "net:internet" to "all" on 443/tcp is allowed by groups.web.services.site.from[0] (policy/groups.json:8:79)',
  },
  { title: "the office is not the internet", is: flow("net:internet", "bastion", "22/tcp", "deny") },
  { title: "the office reaches what the internet does", is: flow("net:office", "web", "443/tcp", "allow") },
  {
    title: "a network inside a wider one",
    is: flow("net:office", "web", "443/tcp", "deny"),
    failure:
      'expected deny, and "net:office" to "web" on 443/tcp is allowed by groups.web.services.site.from[0] (policy/groups.json:8:79)',
  },
  {
    title: "a network of which only a part may come",
    is: flow("net:internet", "app", "8000/tcp", "allow"),
    edits: [from("web", "net:office")],
    failure:
      'expected allow, and no rule allows all of "net:internet" to "app" on 8000/tcp; nearest is groups.app.services.api (policy/groups.json:9:28), which is from web, net:office',
  },
  {
    title: "a network that is closed in the middle",
    is: flow("net:office", "app", "8000/tcp", "deny"),
    edits: [from("net:a", "net:b"), networksLike('"a": ["203.0.113.0/26"], "b": ["203.0.113.96/27"]')],
  },
  {
    title: "a network that two others make up, in one family",
    is: flow("net:office", "app", "8000/tcp", "deny"),
    edits: [from("net:b", "net:a"), networksLike('"a": ["203.0.113.0/26"], "b": ["203.0.113.64/26"]')],
    failure:
      'expected deny, and "net:office" to "app" on 8000/tcp is allowed by groups.app.services.api.from[0] (policy/groups.json:9:74) and groups.app.services.api.from[1] (policy/groups.json:9:82)',
  },
  {
    title: "a network that may come over IPv4 alone",
    is: flow("net:office", "app", "8000/tcp", "allow"),
    edits: [from("net:a"), networksLike('"a": ["203.0.113.0/24"]')],
    failure:
      'expected allow, and no rule allows all of "net:office" to "app" on 8000/tcp; nearest is groups.app.services.api (policy/groups.json:9:28), which is from net:a',
  },
  {
    title: "a service of the port is nearer than one of the source",
    is: flow("web", "app", "8000/tcp", "allow"),
    edits: [
      from("db", "self"),
      groups('"api": {', '"aa": { "ports": ["9/tcp"], "from": ["web"] }, "api": {'),
    ],
    failure:
      'expected allow, and no rule allows "web" to "app" on 8000/tcp; nearest is groups.app.services.api (policy/groups.json:9:75), which is from db, self',
  },
  { title: "a group is no network", is: flow("net:office", "app", "8000/tcp", "deny") },
  {
    title: "an isolated host changes nothing",
    is: flow("web", "app", "8000/tcp", "allow"),
    edits: [
      stack(
        "  palisade:certificateEpoch",
        "  palisade:isolated: [web-1, web-2]\n  palisade:certificateEpoch",
      ),
    ],
  },
  { title: "sudo as expected", is: login("alice", "web", "sudo") },
  { title: "a login as expected", is: login("bob", "db", "login") },
  { title: "none as expected", is: login("bob", "web", "none") },
  {
    title: "sudo where a login is expected",
    is: login("alice", "db", "login"),
    failure:
      'expected login, and "alice" has sudo on hosts in "db" by groups.all.logins[0] (policy/groups.json:5:18)',
  },
  {
    title: "a login where none is expected",
    is: login("dave", "db", "none"),
    failure:
      'expected none, and "dave" may log in on hosts in "db" by groups.db.logins[1] (policy/groups.json:12:63)',
  },
  {
    title: "a login somewhere, where none is expected anywhere",
    is: login("bob", "all", "none"),
    failure:
      'expected none, and "bob" may log in on hosts in "all" by groups.db.logins[0] (policy/groups.json:12:18)',
  },
  {
    title: "a login by a host that is in another group too",
    is: login("bob", "app", "none"),
    edits: [stack("groups: [app]", "groups: [app, db]")],
    failure:
      'expected none, and "bob" may log in on hosts in "app" by groups.db.logins[0] (policy/groups.json:12:18); app-1 is in "app" and in "db"',
  },
  {
    title: "no sudo where it is expected",
    is: login("bob", "db", "sudo"),
    failure:
      'expected sudo, and "bob" may only log in on hosts in "db"; groups.db.logins[0] (policy/groups.json:12:18) gives no sudo',
  },
  {
    title: "limited sudo is more than a login",
    is: login("bob", "db", "login"),
    edits: [LIMITED],
    failure:
      'expected login, and "bob" has sudo for named commands on hosts in "db" by groups.db.logins[0] (policy/groups.json:12:18)',
  },
  {
    title: "limited sudo is less than sudo",
    is: login("bob", "db", "sudo"),
    edits: [LIMITED],
    failure:
      'expected sudo, and "bob" has sudo for named commands only on hosts in "db"; groups.db.logins[0] (policy/groups.json:12:18) gives sudo for "/usr/bin/id -u"',
  },
  { title: "sudo with a password is sudo", is: login("bob", "db", "sudo"), edits: [ASKED] },
  { title: "sudo for a command", is: running("bob", "/usr/bin/id -u", "sudo"), edits: [LIMITED] },
  { title: "sudo for a command through sudo for all", is: running("alice", "/usr/bin/id -u", "sudo") },
  {
    title: "no sudo for the command with other arguments",
    is: running("bob", "/usr/bin/id", "login"),
    edits: [LIMITED],
  },
  {
    title: "sudo for a command where none is expected",
    is: running("bob", "/usr/bin/id -u", "login"),
    edits: [LIMITED],
    failure:
      'expected login, and "bob" has sudo for "/usr/bin/id -u" on hosts in "db" by groups.db.logins[0] (policy/groups.json:12:18)',
  },
  {
    title: "no sudo for a command where it is expected",
    is: running("bob", "/usr/bin/id", "sudo"),
    edits: [LIMITED],
    failure:
      'expected sudo, and "bob" may only log in on hosts in "db"; groups.db.logins[0] (policy/groups.json:12:18) gives no sudo for "/usr/bin/id"',
  },
  {
    title: "an account where none is expected, whatever the command",
    is: running("bob", "/usr/bin/id", "none"),
    edits: [LIMITED],
    failure:
      'expected none, and "bob" may log in on hosts in "db" by groups.db.logins[0] (policy/groups.json:12:18)',
  },
  {
    title: "a login that has not ended yet",
    is: login("dave", "db", "login"),
    edits: [groups("2027-01-01", "2027-01-02")],
  },
  {
    title: "no login at all",
    is: login("bob", "web", "login"),
    failure:
      'expected login, and "bob" may not log in on hosts in "web"; no login of "web" or "all" is for "bob" or for "dbas"',
  },
  {
    title: "nobody's team",
    is: login("dave", "web", "login"),
    failure:
      'expected login, and "dave" may not log in on hosts in "web"; no login of "web" or "all" is for "dave"',
  },
  {
    title: "a login of another environment",
    is: login("bob", "db", "login"),
    edits: [groups('"environments": ["dev"]', '"environments": ["prod"]')],
    failure:
      'expected login, and "bob" may not log in on hosts in "db"; groups.db.logins[0] (policy/groups.json:12:18) holds only in prod',
  },
];

describe("a policy test", () => {
  for (const { title, is, edits = [], failure: expected } of ROWS) {
    test(`${expected === undefined ? "holds" : "fails"}: ${title}`, () => {
      assert.equal(failure(is, ...edits), expected);
    });
  }

  test("of another environment is not run", () => {
    assert.deepEqual(outcome({ ...flow("app", "db", "5432/tcp", "deny"), environment: "prod" }), []);
    assert.equal(outcome({ ...flow("app", "db", "5432/tcp", "deny"), environment: "dev" }).length, 1);
  });

  test("knows what day it is", () => {
    const check = (today: string) =>
      checkAfter(today, {
        file: "tests.json",
        to: JSON.stringify({ tests: [login("dave", "db", "login")] }),
      }).problems.filter(({ severity }) => severity === "error");
    assert.deepEqual(check("2026-12-31"), []);
    assert.match(check("2027-01-01")[0]?.message ?? "", /groups\.db\.logins\[1\] .* ended on 2027-01-01$/);
  });

  test("that fails leaves no stack to render or deploy", () => {
    const checked = checkAfter(TODAY, tests('"deny"', '"allow"'));
    assert.equal(checked.ok, false);
  });

  test("is told together with others that fail, each at its place", () => {
    const checked = checkAfter(TODAY, tests('"deny"', '"allow"'), tests('"sudo"', '"none"'));
    assert.deepEqual(
      checked.problems.map(({ file, line, column, path }) => [file, line, column, path].join(" ")),
      ["policy/tests.json 3 5 tests[0]", "policy/tests.json 4 5 tests[1]"],
    );
  });

  test("of the fleet as a network is refused: servers are no network", () => {
    assert.deepEqual(outcome(flow("net:fleet", "web", "443/tcp", "deny")), [
      'policy/tests.json:1:19: tests[0].from: servers are no network: write "any" for every host of the environment, or name a group',
    ]);
  });
});
