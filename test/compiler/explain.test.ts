import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flows } from "../../compiler/decide/flows";
import { answerLines } from "../../compiler/explain/explain";
import { readQuestion } from "../../compiler/explain/question";
import { answerTo } from "./support/answers";
import { groups, networks, people, stack } from "./support/cases";
import { checkAfter, sshKey, TODAY, type Edit } from "./support/sample";

function decided(...edits: Edit[]) {
  const checked = checkAfter(TODAY, { file: "tests.json", to: '{ "tests": [] }' }, ...edits);
  assert.ok(checked.ok, JSON.stringify(checked.problems));
  return checked.value;
}

interface Row {
  title: string;
  ask: string;
  edits?: Edit[];
  /** As the command prints it. */
  answer: string[];
}

const API = "groups.app.services.api";
const SERVICE = [
  people('"people": {', '"serviceAccounts": { "dump": { "uid": 15001, "name": "Dump" } }, "people": {'),
  groups(
    '"db": {',
    '"db": { "serviceAccounts": [{ "account": "dump", "until": "2027-01-01", "sudo": { "commands": ["/usr/bin/id"] } }],',
  ),
];

const ROWS: Row[] = [
  {
    title: "a flow that is allowed",
    ask: "web-1 app-1 8000/tcp",
    answer: [
      "allowed: web-1 to app-1 on 8000/tcp in dev, through IPsec",
      `  by ${API}.from[0] (policy/groups.json:9:74): app.api admits web on 8000-8010/tcp`,
      "    web-1 is in web; app-1 is in app",
    ],
  },
  {
    title: "a flow whose source is not admitted",
    ask: "web-1 db-1 5432/tcp",
    answer: [
      "denied: web-1 to db-1 on 5432/tcp in dev",
      "  nearest is groups.db.services.postgres (policy/groups.json:11:21): admits app and self on 5432/tcp",
      "    web-1 is in web",
    ],
  },
  {
    title: "a port that is not offered",
    ask: "web-1 app-1 8011/tcp",
    answer: [
      "denied: web-1 to app-1 on 8011/tcp in dev",
      `  nearest is ${API} (policy/groups.json:9:28): admits web on 8000-8010/tcp`,
      "    8011/tcp is not among its ports",
    ],
  },
  {
    title: "a range that is allowed in part",
    ask: "web-1 app-1 8009-8012/tcp",
    answer: [
      "partly: web-1 to app-1 on 8009-8012/tcp in dev, through IPsec; not wholly: 8011-8012/tcp",
      `  by ${API}.from[0] (policy/groups.json:9:74): app.api admits web on 8000-8010/tcp`,
      "    web-1 is in web; app-1 is in app",
    ],
  },
  {
    title: "a port that is offered in part, to others",
    ask: "net:office app-1 8009-8012/tcp",
    answer: [
      "denied: net:office to app-1 on 8009-8012/tcp in dev",
      `  nearest is ${API} (policy/groups.json:9:28): admits web on 8000-8010/tcp`,
      "    8009-8012/tcp is not wholly among its ports; net:office is none of these",
    ],
  },
  {
    title: "an isolated host that wants something",
    ask: "web-1 app-1 8000/tcp",
    edits: [stack("  palisade:region", "  palisade:isolated: [web-1]\n  palisade:region")],
    answer: [
      "denied: web-1 to app-1 on 8000/tcp in dev",
      "  web-1 is isolated (palisade:isolated): it keeps only the failsafe",
      `  would be by ${API}.from[0] (policy/groups.json:9:74): app.api admits web on 8000-8010/tcp`,
      "    web-1 is in web; app-1 is in app",
    ],
  },
  {
    title: "a service of another environment",
    ask: "web-1 app-1 8000/tcp",
    edits: [groups('"from": ["web"] }', '"from": ["web"], "environments": ["prod"] }')],
    answer: [
      "denied: web-1 to app-1 on 8000/tcp in dev",
      `  nearest is ${API} (policy/groups.json:9:28): admits web on 8000-8010/tcp`,
      "    it holds only in prod",
    ],
  },
  {
    title: "a service that has ended",
    ask: "web-1 app-1 8000/tcp",
    edits: [groups('"from": ["web"] }', '"from": ["web"], "until": "2026-11-22" }')],
    answer: [
      "denied: web-1 to app-1 on 8000/tcp in dev",
      `  nearest is ${API} (policy/groups.json:9:28): admits web on 8000-8010/tcp`,
      "    it ended on 2026-11-22",
    ],
  },
  {
    title: "a service that will end, for anybody",
    ask: "db-1 app-1 8000/tcp",
    edits: [
      groups(
        '"from": ["web"] }',
        '"from": ["any"], "until": "2026-11-23", "environments": ["dev", "test"] }',
      ),
    ],
    answer: [
      "allowed: db-1 to app-1 on 8000/tcp in dev, through IPsec",
      `  by ${API}.from[0] (policy/groups.json:9:74): app.api admits any on 8000-8010/tcp`,
      "    db-1 is in all; app-1 is in app; it holds only in dev, test; it ends on 2026-11-23",
    ],
  },
  {
    title: "an isolated host",
    ask: "web-1 app-1 8000/tcp",
    edits: [stack("  palisade:region", "  palisade:isolated: [app-1]\n  palisade:region")],
    answer: [
      "denied: web-1 to app-1 on 8000/tcp in dev",
      "  app-1 is isolated (palisade:isolated): it keeps only the failsafe",
      `  would be by ${API}.from[0] (policy/groups.json:9:74): app.api admits web on 8000-8010/tcp`,
      "    web-1 is in web; app-1 is in app",
    ],
  },
  {
    title: "a network within one that is admitted",
    ask: "net:office web-1 443/tcp",
    answer: [
      "allowed: net:office to web-1 on 443/tcp in dev",
      "  by groups.web.services.site.from[0] (policy/groups.json:8:79): web.site admits net:internet on 80/tcp, 443/tcp",
      "    net:office is in net:internet; web-1 is in web",
    ],
  },
  {
    title: "a network of which only a part is admitted",
    ask: "net:internet bastion-1 22/tcp",
    answer: [
      "partly: net:internet to bastion-1 on 22/tcp in dev",
      "  the failsafe (palisade:failsafe) reaches 22/tcp on every host, and holds some of net:internet",
      "  by groups.bastion.services.ssh.from[0] (policy/groups.json:7:71): bastion.ssh admits net:office on 22/tcp",
      "    some of net:internet is in net:office; bastion-1 is in bastion",
    ],
  },
  {
    title: "a network that is not admitted",
    ask: "net:office db-1 5432/tcp",
    answer: [
      "denied: net:office to db-1 on 5432/tcp in dev",
      "  nearest is groups.db.services.postgres (policy/groups.json:11:21): admits app and self on 5432/tcp",
      "    net:office is none of these",
    ],
  },
  {
    title: "a network within the failsafe, to an isolated host",
    ask: "net:ops db-1 22/tcp",
    edits: [
      networks('"networks": {', '"networks": { "ops": ["203.0.113.0/29"],'),
      stack("  palisade:region", "  palisade:isolated: [db-1]\n  palisade:region"),
    ],
    answer: [
      "allowed: net:ops to db-1 on 22/tcp in dev",
      "  db-1 is isolated (palisade:isolated): it keeps only the failsafe",
      "  the failsafe (palisade:failsafe) reaches 22/tcp on every host, and holds all of net:ops",
    ],
  },
  {
    title: "a host and itself",
    ask: "web-1 web-1 9/udp",
    answer: ["allowed: web-1 to web-1 on 9/udp in dev", "  a host reaches itself, whatever the policy says"],
  },
  {
    title: "what no rule comes near",
    ask: "net:office db-1 icmp",
    answer: ["denied: net:office to db-1 on icmp in dev", "  no rule comes near it"],
  },
  {
    title: "sudo through a team",
    ask: "alice db-1",
    answer: [
      "allowed: alice on db-1 in dev, with sudo",
      "  by groups.all.logins[0] (policy/groups.json:5:18): team sre may log in with sudo",
      "    alice is in sre; db-1 is in all",
    ],
  },
  {
    title: "a login of a person's own that ends",
    ask: "dave db-1",
    answer: [
      "allowed: dave on db-1 in dev, without sudo",
      "  by groups.db.logins[1] (policy/groups.json:12:63): dave may log in",
      "    db-1 is in db; it ends on 2027-01-01",
    ],
  },
  {
    title: "a login for others",
    ask: "bob app-1",
    answer: [
      "denied: bob on app-1 in dev",
      "  nearest is groups.all.logins[0] (policy/groups.json:5:18): team sre may log in with sudo",
      "    bob is in dbas",
    ],
  },
  {
    title: "a login of another environment, before one for others",
    ask: "bob db-1",
    edits: [groups('"environments": ["dev"]', '"environments": ["prod"]')],
    answer: [
      "denied: bob on db-1 in dev",
      "  nearest is groups.db.logins[0] (policy/groups.json:12:18): team dbas may log in",
      "    it holds only in prod",
    ],
  },
  {
    title: "a login where sudo is near",
    ask: "dave db-1",
    edits: [
      groups('}, { "person"', '}, { "person": "dave", "sudo": true, "environments": ["prod"] }, { "person"'),
    ],
    answer: [
      "allowed: dave on db-1 in dev, without sudo",
      "  by groups.db.logins[2] (policy/groups.json:12:125): dave may log in",
      "    db-1 is in db; it ends on 2027-01-01",
      "  nearest to more is groups.db.logins[1] (policy/groups.json:12:63): dave may log in with sudo",
      "    it holds only in prod",
    ],
  },
  {
    title: "sudo with a password that is there",
    ask: "bob db-1",
    edits: [
      groups('"team": "dbas",', '"team": "dbas", "sudo": { "password": true },'),
      stack("  palisade:region", "  palisade:passwords: { bob: { secure: x } }\n  palisade:region"),
    ],
    answer: [
      "allowed: bob on db-1 in dev, with sudo with a password",
      "  by groups.db.logins[0] (policy/groups.json:12:18): team dbas may log in with sudo with a password",
      "    bob is in dbas; db-1 is in db; it holds only in dev",
    ],
  },
  {
    title: "sudo for a command, and a password that is not there",
    ask: "bob db-1",
    edits: [
      groups(
        '{ "person": "dave"',
        '{ "person": "bob", "sudo": { "commands": ["/usr/bin/id"], "password": true } }, { "person": "dave"',
      ),
    ],
    answer: [
      'allowed: bob on db-1 in dev, with sudo with a password for "/usr/bin/id"',
      "  bob has no password in this stack (palisade:passwords), and sudo asks for one",
      "  by groups.db.logins[0] (policy/groups.json:12:18): team dbas may log in",
      "    bob is in dbas; db-1 is in db; it holds only in dev",
      '  by groups.db.logins[1] (policy/groups.json:12:63): bob may log in with sudo with a password for "/usr/bin/id"',
      "    db-1 is in db",
    ],
  },
  {
    title: "a service account",
    ask: "dump db-1",
    edits: SERVICE,
    answer: [
      'allowed: dump on db-1 in dev, with sudo for "/usr/bin/id"',
      "  dump is a service account: nobody can log in to it",
      '  by groups.db.serviceAccounts[0] (policy/groups.json:10:33): dump has an account with sudo for "/usr/bin/id"',
      "    db-1 is in db; it ends on 2027-01-01",
    ],
  },
  {
    title: "a service account where it is not",
    ask: "dump app-1",
    edits: SERVICE,
    answer: [
      "denied: dump on app-1 in dev",
      "  dump is a service account: nobody can log in to it",
      "  no rule comes near it",
    ],
  },
  {
    title: "a person without a key, on an isolated host",
    ask: "dave app-1",
    edits: [
      people(`"keys": ["${sshKey(4)}"]`, `"keys": []`),
      groups('"team": "sre", "sudo": true }', '"person": "dave" }'),
      stack("  palisade:region", "  palisade:isolated: [app-1]\n  palisade:region"),
    ],
    answer: [
      "allowed: dave on app-1 in dev, without sudo",
      "  dave has no key, and can log in nowhere",
      "  app-1 is isolated: its SSH is reached from the failsafe only",
      "  by groups.all.logins[0] (policy/groups.json:5:18): dave may log in",
      "    app-1 is in all",
    ],
  },
];

describe("explain", () => {
  for (const { title, ask, edits = [], answer } of ROWS) {
    test(title, () => {
      assert.deepEqual(answerLines(answerTo(decided(...edits), ask.split(" "), TODAY)), answer);
    });
  }

  test("agrees with all flows there are, between all hosts and on all ports in use", () => {
    const sample = decided();
    const allowed = new Set([...flows(sample.model)].map(({ from, to, port }) => `${from} ${to} ${port}`));
    const ports = new Set([...flows(sample.model)].map(({ port }) => port));
    const hosts = [...sample.model.hosts.keys()];
    for (const from of hosts) {
      for (const to of hosts.filter((host) => host !== from)) {
        for (const port of ports) {
          const { verdict } = answerTo(sample, [from, to, port], TODAY);
          assert.equal(verdict === "allowed", allowed.has(`${from} ${to} ${port}`), `${from} ${to} ${port}`);
        }
      }
    }
  });

  test("agrees with all accounts there are", () => {
    const sample = decided();
    for (const { name, accounts } of sample.model.hosts.values()) {
      for (const person of sample.policy.people.keys()) {
        const account = accounts.find((one) => one.person.name === person);
        const access = account === undefined ? "none" : account.sudo.length > 0 ? "sudo" : "login";
        const answer = answerTo(sample, [person, name], TODAY);
        assert.ok(answer.question === "login");
        assert.equal(answer.access, access, `${person} ${name}`);
      }
    }
  });
});

describe("a question that makes no sense", () => {
  const table: [string, string][] = [
    ["web-9 db-1 1/tcp", 'unknown host "web-9"; did you mean "web-1"?'],
    ["web-1 db-9 1/tcp", 'unknown host "db-9"; did you mean "db-1"?'],
    ["net:offise db-1 1/tcp", 'unknown network "offise"; did you mean "office"?'],
    ["net:fleet db-1 1/tcp", "servers are no network: name a host"],
    ["web-1 db-1 0/tcp", 'port 0 in "0/tcp" is not from 1 to 65535'],
    ["alise db-1", 'unknown person "alise"; did you mean "alice"?'],
    ["alice db-9", 'unknown host "db-9"; did you mean "db-1"?'],
  ];
  for (const [ask, message] of table) {
    test(ask, () => {
      const [from = "", to = "", port] = ask.split(" ");
      assert.deepEqual(readQuestion(from, to, port, decided()), { message });
    });
  }

  test("two hosts without a port", () => {
    const question = readQuestion("web-1", "db-1", undefined, decided());
    assert.match("message" in question ? question.message : "", /between hosts a port is needed as well/);
  });
});
