import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decideUntested } from "../../compiler/check/stack";
import { compare } from "../../compiler/compare/compare";
import { sectionsOf } from "../../compiler/compare/text";
import { flows } from "../../compiler/decide/flows";
import { groups, networks, people, stack, tests } from "./support/cases";
import { edited, inputOf, sshKey, TODAY, type Edit } from "./support/sample";

function decided(edits: readonly Edit[]) {
  const checked = decideUntested(inputOf(edited(edits)), TODAY);
  assert.ok(checked.ok, JSON.stringify(checked.problems));
  return checked.value;
}

const between = (base: readonly Edit[], head: readonly Edit[]) =>
  compare([{ stack: "dev", base: decided(base), head: decided(head) }]);

function changes(base: readonly Edit[], head: readonly Edit[]): string[] {
  return sectionsOf(between(base, head)).flatMap(({ title, parts }) => [
    title,
    ...parts.flatMap(({ lines }) => lines.map((line) => `  ${line}`)),
  ]);
}

interface Row {
  title: string;
  edits: Edit[];
  /** Exactly what is said; the other way round it is the same with gained and lost exchanged. */
  said: string[];
}

const PREPARED: Row[] = [
  {
    title: "a team gains sudo",
    edits: [groups('"team": "dbas",', '"team": "dbas", "sudo": true,')],
    said: ["access gained", "  bob: sudo on db-1 (had login)"],
  },
  {
    title: "a port widens to a range",
    edits: [groups('"5432/tcp"', '"5432-5440/tcp"')],
    said: ["access gained", "  app → db 5433-5440/tcp (db.postgres): app-1 → db-1"],
  },
  {
    title: "a host moves group",
    edits: [stack("on: linode, groups: [app]", "on: linode, groups: [db]")],
    said: [
      "access gained",
      "  db → db 5432/tcp (db.postgres): db-1 → app-1",
      "  bob: login on app-1",
      "  dave: login on app-1",
      "access lost",
      "  web → app 8000-8010/tcp (app.api): web-1, web-2 → app-1",
    ],
  },
  {
    title: "a network grows by one bit",
    edits: [networks("203.0.113.0/25", "203.0.113.0/24")],
    said: ["access gained", "  net:office → bastion 22/tcp (bastion.ssh): 203.0.113.128/25 → bastion-1"],
  },
  {
    title: "a network is exchanged for a narrower one",
    edits: [groups('"from": ["net:internet"]', '"from": ["net:office"]')],
    said: [
      "access lost",
      "  net:internet → web 443/tcp (web.site): all but 203.0.113.0/25, 2001:db8:ff1::/48 → web-1, web-2",
      "  net:internet → web 80/tcp (web.site): all but 203.0.113.0/25, 2001:db8:ff1::/48 → web-1, web-2",
    ],
  },
  {
    title: "a source is added, and the test that forbids it is removed",
    edits: [
      groups('"app", "self"', '"app", "self", "web"'),
      tests('{ "from": "web", "to": "db", "port": "5432/tcp", "expect": "deny" },', ""),
    ],
    said: [
      "access gained",
      "  web → db 5432/tcp (db.postgres): web-1, web-2 → db-1",
      "policy tests",
      '  removed: "web" to "db" on 5432/tcp: deny',
    ],
  },
  {
    title: "a person leaves a team",
    edits: [people('"teams": ["sre"]', '"teams": []')],
    said: ["access lost", "  alice: sudo on app-1, bastion-1, db-1, web-1, web-2"],
  },
  {
    title: "a host is isolated",
    edits: [stack("  palisade:region", "  palisade:isolated: [web-2]\n  palisade:region")],
    said: [
      "access lost",
      "  net:internet → web 443/tcp (web.site): web-2",
      "  net:internet → web 80/tcp (web.site): web-2",
      "  bastion → all 22/tcp (all.ssh): bastion-1 → web-2",
      "  web → app 8000-8010/tcp (app.api): web-2 → app-1",
    ],
  },
  {
    title: "a key is added and the failsafe grows",
    edits: [
      people(`"${sshKey(2)}"`, `"${sshKey(2)}", "${sshKey(3)}"`),
      stack("203.0.113.0/28", "203.0.113.0/27"),
    ],
    said: [
      "access gained",
      "  failsafe: SSH to every host from 203.0.113.16/28",
      "  bob: key SHA256:gnDfULwoGkHCZ0cpikt5ZjeLoa9Yyo7dmFepI3UZQWc",
    ],
  },
  {
    title: "a service is renamed with no effect",
    edits: [groups('"postgres"', '"postgresql"')],
    said: [],
  },
];

const SAME: Row[] = [
  {
    title: "the same rule written in other words",
    edits: [
      groups(
        '["80/tcp", "443/tcp"], "from": ["net:internet"]',
        '["443/tcp", "80/tcp"], "from": ["net:internet", "net:office"]',
      ),
    ],
    said: [],
  },
  {
    title: "a range in two halves",
    edits: [groups('["8000-8010/tcp"]', '["8000-8004/tcp", "8005-8010/tcp"]')],
    said: [],
  },
  { title: "a key's comment", edits: [people("alice@laptop", "alice@desk")], said: [] },
  { title: "a grant that ended", edits: [groups("2027-01-01", "2027-06-01")], said: [] },
];

const MORE: Row[] = [
  {
    title: "a host is added",
    edits: [stack("count: 2", "count: 3")],
    said: [
      "access gained",
      "  net:internet → web 443/tcp (web.site): web-3",
      "  net:internet → web 80/tcp (web.site): web-3",
      "  bastion → all 22/tcp (all.ssh): bastion-1 → web-3",
      "  web → app 8000-8010/tcp (app.api): web-3 → app-1",
      "  alice: sudo on web-3",
    ],
  },
  {
    title: "icmp, and another protocol of the same number",
    edits: [groups('["5432/tcp"]', '["5432/tcp", "5432/udp", "icmp"]')],
    said: [
      "access gained",
      "  app → db 5432/udp (db.postgres): app-1 → db-1",
      "  app → db icmp (db.postgres): app-1 → db-1",
    ],
  },
  {
    title: "the fleet grows: what was outside is a server now",
    edits: [networks("198.51.100.0/24", "198.51.100.0/23")],
    said: [
      "access lost",
      "  net:internet → web 443/tcp (web.site): 198.51.101.0/24 → web-1, web-2",
      "  net:internet → web 80/tcp (web.site): 198.51.101.0/24 → web-1, web-2",
    ],
  },
];

const DBAS = (sudo: string) => groups('"team": "dbas",', `"team": "dbas", "sudo": ${sudo},`);
const RESTART = "/usr/bin/systemctl restart postgresql";
const SERVICE = [
  people('"people": {', '"serviceAccounts": { "dump": { "uid": 15001, "name": "Dump" } }, "people": {'),
  groups('"db": {', '"db": { "serviceAccounts": [{ "account": "dump" }],'),
];

const DUMP = { uid: 15001, name: "Dump", teams: [], keys: [] };

/** From one form of sudo to a wider one. */
const SUDO: { title: string; before: Edit[]; after: Edit[]; said: string }[] = [
  {
    title: "none to limited",
    before: [],
    after: [DBAS(`{ "commands": ["${RESTART}", "/usr/bin/id"] }`)],
    said: `bob: sudo for "/usr/bin/id", "${RESTART}" on db-1 (had login)`,
  },
  {
    title: "none to limited, with a password",
    before: [],
    after: [DBAS(`{ "commands": ["${RESTART}"], "password": true }`)],
    said: `bob: sudo with a password for "${RESTART}" on db-1 (had login)`,
  },
  {
    title: "limited to a command more",
    before: [DBAS(`{ "commands": ["${RESTART}"] }`)],
    after: [DBAS(`{ "commands": ["${RESTART}", "/usr/bin/id"] }`)],
    said: `bob: sudo for "/usr/bin/id" on db-1 (had sudo for named commands)`,
  },
  {
    title: "limited to full",
    before: [DBAS(`{ "commands": ["${RESTART}"] }`)],
    after: [DBAS("true")],
    said: "bob: sudo on db-1 (had sudo for named commands)",
  },
  {
    title: "a password dropped",
    before: [DBAS('{ "password": true }')],
    after: [DBAS("true")],
    said: "bob: sudo without a password on db-1 (had it with one)",
  },
  {
    title: "a password dropped for one command",
    before: [DBAS(`{ "commands": ["${RESTART}", "/usr/bin/id"], "password": true }`)],
    after: [
      DBAS(`{ "commands": ["${RESTART}", "/usr/bin/id"], "password": true }`),
      groups(
        '{ "person": "dave"',
        '{ "person": "bob", "sudo": { "commands": ["/usr/bin/id"] } }, { "person": "dave"',
      ),
    ],
    said: `bob: sudo without a password for "/usr/bin/id" on db-1 (had it with one)`,
  },
  {
    title: "a password set in the stack",
    before: [DBAS('{ "password": true }')],
    after: [
      DBAS('{ "password": true }'),
      stack("  palisade:region", "  palisade:passwords: { bob: { secure: x } }\n  palisade:region"),
    ],
    said: "bob: a password for sudo",
  },
  { title: "a service account", before: [], after: SERVICE, said: "dump: service account on db-1" },
  {
    title: "a service account's sudo",
    before: SERVICE,
    after: [
      ...SERVICE,
      groups('{ "account": "dump" }', '{ "account": "dump", "sudo": { "commands": ["/usr/bin/id"] } }'),
    ],
    said: 'dump: sudo for "/usr/bin/id" on db-1 (had the account)',
  },
];

describe("sudo widens", () => {
  for (const { title, before, after, said } of SUDO) {
    test(title, () => {
      const lines = (base: readonly Edit[], head: readonly Edit[]) =>
        sectionsOf(between(base, head)).flatMap(({ title, parts }) => [
          title,
          ...parts.flatMap(({ lines }) => lines),
        ]);
      assert.deepEqual(lines(before, after), ["access gained", said]);
      assert.deepEqual(lines(after, before), ["access lost", said.replace("(had ", "(keeps ")]);
      assert.equal(between(before, after).widens, true);
      assert.equal(between(after, before).widens, false);
    });
  }

  test("not where the same is granted in other words", () => {
    const twice = groups(
      '{ "person": "dave"',
      `{ "person": "bob", "sudo": { "commands": ["${RESTART}"], "password": true } }, { "person": "dave"`,
    );
    assert.deepEqual(sectionsOf(between([DBAS("true")], [DBAS("true"), twice])), []);
    assert.deepEqual(sectionsOf(between([DBAS("true")], [DBAS('{ "password": false }')])), []);
  });
});

const KEPT_FOR_NOBODY: { title: string; before: Edit[]; after: Edit[]; said: string[] }[] = [
  {
    title: "a person of a service account's name has nothing of what it had",
    before: [
      ...SERVICE,
      groups('{ "account": "dump" }', '{ "account": "dump", "sudo": { "commands": ["/usr/bin/id"] } }'),
    ],
    after: [
      people('"people": {', `"people": { "dump": ${JSON.stringify(DUMP)},`),
      groups(
        '{ "person": "dave"',
        '{ "person": "dump", "sudo": { "commands": ["/usr/bin/id"] } }, { "person": "dave"',
      ),
    ],
    said: [
      "access gained",
      '  dump: sudo for "/usr/bin/id" on db-1',
      "access lost",
      '  dump: sudo for "/usr/bin/id" on db-1',
    ],
  },
  {
    title: "a password that no sudo asks for is told once one does",
    before: [],
    after: [stack("  palisade:region", "  palisade:passwords: { bob: { secure: x } }\n  palisade:region")],
    said: [],
  },
  {
    title: "the keys of a person who is new say nothing more than the login",
    before: [groups('"person": "dave"', '"person": "alice"')],
    after: [people(`"${sshKey(4)}"`, `"${sshKey(5)}"`)],
    said: ["access gained", "  dave: login on db-1"],
  },
];

describe("what accounts have on one side alone", () => {
  for (const { title, before, after, said } of KEPT_FOR_NOBODY) {
    test(title, () => assert.deepEqual(changes(before, after), said));
  }
});

describe("ten prepared changes", () => {
  for (const { title, edits, said } of PREPARED) {
    test(title, () => assert.deepEqual(changes([], edits), said));
  }
});

describe("compare", () => {
  for (const { title, edits, said } of [...SAME, ...MORE]) {
    test(title, () => assert.deepEqual(changes([], edits), said));
  }

  test("what one side gains, the other way round is lost", () => {
    for (const { title, edits } of [...PREPARED, ...MORE]) {
      const [there, back] = [between([], edits), between(edits, [])];
      assert.deepEqual(back.stacks[0]?.gained, there.stacks[0]?.lost, title);
      assert.deepEqual(back.stacks[0]?.lost, there.stacks[0]?.gained, title);
      assert.equal(there.widens, (there.stacks[0]?.gained.length ?? 0) > 0, title);
    }
  });

  test("flows between hosts are exactly those that appear", () => {
    const edits = [
      stack("count: 2", "count: 3"),
      groups('"from": ["web"]', '"from": ["web", "self", "bastion"]'),
      stack("groups: [db]", "groups: [db, app]"),
    ];
    const pairsOf = (edits: readonly Edit[]) =>
      new Set(
        [...flows(decided(edits).model)]
          .filter(({ ipsec }) => ipsec)
          .map(({ from, to, port }) => `${from} ${to} ${port}`),
      );
    const before = pairsOf([]);
    const fresh = [...pairsOf(edits)].filter((flow) => !before.has(flow)).sort();
    const said = (between([], edits).stacks[0]?.gained ?? []).flatMap((change) =>
      change.kind !== "flow"
        ? []
        : change.from.hosts.flatMap((from) =>
            change.to.hosts.filter((to) => to !== from).map((to) => `${from} ${to} ${change.port}`),
          ),
    );
    assert.ok(fresh.length > 5);
    assert.deepEqual(said.sort(), fresh);
  });
});
