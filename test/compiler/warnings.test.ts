import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { unusedGroups } from "../../compiler/check/warnings";
import { formatProblem } from "../../compiler/problem";
import { groups, networks, people, stack } from "./support/cases";
import { checkAfter, stackAfter, sshKey, TODAY, type Edit } from "./support/sample";

/** All that is told of the sample with changes on a day. */
function told(today: string, ...edits: Edit[]): string[] {
  const checked = checkAfter(today, ...edits);
  assert.ok(checked.ok, "a warning refuses nothing");
  return checked.problems.map(formatProblem);
}

const UNTIL = (date: string) => groups("2027-01-01", date);
const PORTS = (ports: string) => groups('"80/tcp", "443/tcp"', ports);

const ASKED = groups('"team": "dbas",', '"team": "dbas", "sudo": { "password": true },');

interface Row {
  title: string;
  edits: Edit[];
  warnings: string[];
}

const ROWS: Row[] = [
  { title: "the sample", edits: [], warnings: [] },
  {
    title: "a team nobody is in",
    edits: [people('"teams": ["dbas"]', '"teams": []')],
    warnings: ["policy/people.json:2:39: warning: teams.dbas: nobody is in this team"],
  },
  {
    title: "a person without a key",
    edits: [people(`"${sshKey(2)}"`, "")],
    warnings: ['policy/people.json:5:77: warning: people.bob.keys: "bob" has no key, and can log in nowhere'],
  },
  { title: "a grant that ends in 15 days", edits: [UNTIL("2026-12-07")], warnings: [] },
  {
    title: "a grant that ends in 14 days",
    edits: [UNTIL("2026-12-06")],
    warnings: [
      "policy/groups.json:12:92: warning: groups.db.logins[1].until: this ends on 2026-12-06, in 14 days",
    ],
  },
  {
    title: "a grant that ends tomorrow",
    edits: [UNTIL("2026-11-23")],
    warnings: [
      "policy/groups.json:12:92: warning: groups.db.logins[1].until: this ends on 2026-11-23, tomorrow",
    ],
  },
  {
    title: "a grant that has ended",
    edits: [UNTIL("2026-11-22")],
    warnings: [
      "policy/groups.json:12:92: warning: groups.db.logins[1].until: this ended on 2026-11-22, and can be deleted",
    ],
  },
  {
    title: "a service that has ended",
    edits: [groups('"from": ["web"] }', '"from": ["web"], "until": "2025-01-01" }')],
    warnings: [
      "policy/groups.json:9:91: warning: groups.app.services.api.until: this ended on 2025-01-01, and can be deleted",
    ],
  },
  {
    title: "ports that are neither http nor https",
    edits: [PORTS('"22/tcp", "443/tcp", "80/udp"')],
    warnings: [
      "policy/groups.json:8:89: warning: groups.web.services.site.from[0]: open to the whole internet: 22/tcp, 80/udp; usually only http and https are",
    ],
  },
  {
    title: "a range that holds more than http and https",
    edits: [PORTS('"80-443/tcp"')],
    warnings: [
      "policy/groups.json:8:72: warning: groups.web.services.site.from[0]: open to the whole internet: 80-443/tcp; usually only http and https are",
    ],
  },
  {
    title: "http, https, QUIC and ping",
    edits: [PORTS('"80/tcp", "443/tcp", "443/udp", "icmp"')],
    warnings: [],
  },
  {
    title: "the internet by another name",
    edits: [networks('"203.0.113.0/25"', '"203.0.113.0/25", "0.0.0.0/0"')],
    warnings: [
      "policy/groups.json:7:71: warning: groups.bastion.services.ssh.from[0]: open to the whole internet: 22/tcp; usually only http and https are",
    ],
  },
  {
    title: "sudo that asks for a password which the stack has not",
    edits: [ASKED],
    warnings: [
      "policy/groups.json:12:44: warning: groups.db.logins[0].sudo: \"bob\" has no password in Pulumi.dev.yaml, and cannot use this sudo; set one with: openssl passwd -6 | pulumi config set --secret --stack dev --path 'palisade:passwords.bob'",
    ],
  },
  {
    title: "sudo that asks for a password which the stack has",
    edits: [
      ASKED,
      stack("  palisade:region", "  palisade:passwords: { bob: { secure: v1 } }\n  palisade:region"),
    ],
    warnings: [],
  },
  {
    title: "sudo that asks nobody, for they have it without",
    edits: [ASKED, people('"teams": ["dbas"]', '"teams": ["dbas", "sre"]')],
    warnings: [],
  },
  {
    title: "sudo that asks in another environment",
    edits: [ASKED, groups('"environments": ["dev"]', '"environments": ["prod"]')],
    warnings: [],
  },
  {
    title: "a service account that no group has",
    edits: [
      people('"people": {', '"serviceAccounts": { "dump": { "uid": 15001, "name": "Dump" } }, "people": {'),
    ],
    warnings: ["policy/people.json:3:24: warning: serviceAccounts.dump: no group has this service account"],
  },
];

describe("a warning", () => {
  for (const { title, edits, warnings } of ROWS) {
    test(`${warnings.length === 0 ? "is not" : "is"} given for: ${title}`, () => {
      assert.deepEqual(told(TODAY, ...edits), warnings);
    });
  }

  test("of a port that was open to the internet ends with it", () => {
    const ended = groups('"from": ["net:internet"]', '"from": ["net:internet"], "until": "2026-11-01"');
    assert.deepEqual(told(TODAY, PORTS('"22/tcp"'), ended), [
      "policy/groups.json:8:94: warning: groups.web.services.site.until: this ended on 2026-11-01, and can be deleted",
    ]);
  });
});

describe("groups that no host is in", () => {
  const named = (name: string, ...edits: Edit[]) => ({ ...stackAfter(...edits), name });
  const WITHOUT_WEB = stack("groups: [web]", "groups: []");

  test("are told at the group's name", () => {
    assert.deepEqual(unusedGroups([named("dev")]), []);
    assert.deepEqual(unusedGroups([named("dev", WITHOUT_WEB)]).map(formatProblem), [
      "policy/groups.json:8:5: warning: groups.web: no host of dev is in this group",
    ]);
  });

  test("are those that no stack has a host in", () => {
    assert.deepEqual(unusedGroups([named("dev", WITHOUT_WEB), named("prod")]), []);
    const found = unusedGroups([named("prod", WITHOUT_WEB), named("dev", WITHOUT_WEB)]).map(formatProblem);
    assert.deepEqual(
      [...new Set(found)],
      ["policy/groups.json:8:5: warning: groups.web: no host of dev, prod is in this group"],
    );
  });
});
