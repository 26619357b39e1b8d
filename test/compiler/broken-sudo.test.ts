import { caseTable, groups, people, stack, tests } from "./support/cases";

const DBAS = (sudo: string) => groups('"team": "dbas",', `"team": "dbas", "sudo": ${sudo},`);
const COMMAND = (command: string) => DBAS(`{ "commands": [${JSON.stringify(command)}] }`);
const ACCOUNTS = (accounts: string) =>
  people('"people": {', `"serviceAccounts": ${accounts},\n  "people": {`);
const DUMP = ACCOUNTS('{ "dump": { "uid": 15001, "name": "Dump" } }');
const GRANT = (grant: string) => groups('"db": {', `"db": { "serviceAccounts": [${grant}],`);
const PASSWORDS = (yaml: string) =>
  stack("  palisade:region", `  palisade:passwords: ${yaml}\n  palisade:region`);

caseTable("sudo", [
  {
    title: "each form that is right",
    edits: [
      DBAS(
        '{ "commands": ["/usr/bin/id", "/usr/bin/systemctl restart postgresql@15:main"], "password": true }',
      ),
      groups('"until": "2027-01-01"', '"sudo": { "password": false }'),
    ],
    problems: [],
  },
  {
    title: "an object that says nothing",
    edits: [DBAS("{}")],
    problems: [
      'policy/groups.json:12:44: groups.db.logins[0].sudo: names neither "commands" nor "password"; for every command without a password write true',
    ],
  },
  {
    title: "an unknown key",
    edits: [DBAS('{ "comands": ["/usr/bin/id"] }')],
    problems: [
      'policy/groups.json:12:46: groups.db.logins[0].sudo.comands: unknown key "comands"; did you mean "commands"?',
    ],
  },
  {
    title: "no commands",
    edits: [DBAS('{ "commands": [] }')],
    problems: ["policy/groups.json:12:58: groups.db.logins[0].sudo.commands: must not be empty"],
  },
  {
    title: "too many commands",
    edits: [
      DBAS(`{ "commands": ${JSON.stringify(Array.from({ length: 65 }, (_, index) => `/bin/c${index}`))} }`),
    ],
    problems: ["policy/groups.json:12:58: groups.db.logins[0].sudo.commands: has more than 64 entries"],
  },
  {
    title: "a command twice",
    edits: [DBAS('{ "commands": ["/usr/bin/id", "/usr/bin/id"] }')],
    problems: [
      'policy/groups.json:12:74: groups.db.logins[0].sudo.commands[1]: "/usr/bin/id" is listed twice',
    ],
  },
  {
    title: "ALL among commands",
    edits: [COMMAND("ALL")],
    problems: [
      'policy/groups.json:12:59: groups.db.logins[0].sudo.commands[0]: "ALL" is not valid: for every command write sudo as true, or leave out commands',
    ],
  },
  {
    title: "a command without its path",
    edits: [COMMAND("systemctl restart postgresql")],
    problems: [
      'policy/groups.json:12:59: groups.db.logins[0].sudo.commands[0]: "systemctl restart postgresql" is not valid: a command begins with its absolute path, such as /usr/bin/systemctl',
    ],
  },
  {
    title: "a wildcard",
    edits: [COMMAND("/usr/bin/systemctl restart *")],
    problems: [
      'policy/groups.json:12:59: groups.db.logins[0].sudo.commands[0]: "/usr/bin/systemctl restart *" is not valid: it is exactly what may be run, so it has no wildcards, which in sudo match spaces and / too',
    ],
  },
  {
    title: "a way out of a folder",
    edits: [COMMAND("/usr/lib/../bin/sh")],
    problems: [
      'policy/groups.json:12:59: groups.db.logins[0].sudo.commands[0]: "/usr/lib/../bin/sh" is not valid: a path has no "." or ".."',
    ],
  },
  {
    title: "text for a password",
    edits: [DBAS('{ "password": "yes" }')],
    problems: [
      'policy/groups.json:12:58: groups.db.logins[0].sudo.password: must be true or false, and is "yes"',
    ],
  },
]);

caseTable("service accounts", [
  {
    title: "one that is right",
    edits: [DUMP, GRANT('{ "account": "dump", "sudo": { "commands": ["/usr/bin/id"] } }')],
    problems: [],
  },
  {
    title: "a uid of a person",
    edits: [ACCOUNTS('{ "dump": { "uid": 10002, "name": "Dump" } }')],
    problems: [
      'policy/people.json:3:41: serviceAccounts.dump.uid: uid 10002 is already that of person "bob"',
    ],
  },
  {
    title: "a uid outside the range, and no name",
    edits: [ACCOUNTS('{ "dump": { "uid": 999 } }')],
    problems: [
      'policy/people.json:3:32: serviceAccounts.dump: "name" is missing (as in the passwd file: no colon, comma or control character)',
      "policy/people.json:3:41: serviceAccounts.dump.uid: 999 is outside 10000 to 19999",
    ],
  },
  {
    title: "a person's name, a team's and a system's",
    edits: [
      ACCOUNTS(
        '{ "bob": { "uid": 15001, "name": "B" }, "sre": { "uid": 15002, "name": "S" }, "backup": { "uid": 15003, "name": "U" } }',
      ),
    ],
    problems: [
      'policy/people.json:3:24: serviceAccounts.bob: "bob" is a person as well: each would be a group of that name on the hosts',
      'policy/people.json:3:62: serviceAccounts.sre: "sre" is a team as well: each would be a group of that name on the hosts',
      'policy/people.json:3:100: serviceAccounts.backup: "backup" is reserved: systems have a user or group of that name, so no service account can',
    ],
  },
  {
    title: "an unknown account",
    edits: [DUMP, GRANT('{ "account": "dumb" }')],
    problems: [
      'policy/groups.json:10:46: groups.db.serviceAccounts[0].account: unknown service account "dumb"; did you mean "dump"?',
    ],
  },
  {
    title: "a person as a service account, and the other way round",
    edits: [DUMP, GRANT('{ "account": "bob" }'), groups('"person": "dave"', '"person": "dump"')],
    problems: [
      'policy/groups.json:10:46: groups.db.serviceAccounts[0].account: "bob" is a person, and no service account; list them under "logins"',
      'policy/groups.json:12:75: groups.db.logins[1].person: "dump" is a service account, which nobody logs in to; list it under "serviceAccounts"',
    ],
  },
  {
    title: "sudo for everything",
    edits: [DUMP, GRANT('{ "account": "dump", "sudo": true }')],
    problems: ["policy/groups.json:10:62: groups.db.serviceAccounts[0].sudo: must be an object, and is true"],
  },
  {
    title: "sudo with a password",
    edits: [DUMP, GRANT('{ "account": "dump", "sudo": { "commands": ["/usr/bin/id"], "password": true } }')],
    problems: [
      "policy/groups.json:10:105: groups.db.serviceAccounts[0].sudo.password: a service account has no password to be asked for",
    ],
  },
]);

caseTable("passwords", [
  { title: "an encrypted one", edits: [PASSWORDS('{ bob: { secure: "v1:x:y" } }')], problems: [] },
  {
    title: "one in clear, of which nothing is repeated",
    edits: [PASSWORDS("{ bob: $6$SECRET }")],
    problems: [
      "Pulumi.dev.yaml:4:30: palisade:passwords.bob: this is not encrypted, and can be read by whoever reads this file: choose another password, and set it with: openssl passwd -6 | pulumi config set --secret --path 'palisade:passwords.bob'",
    ],
  },
  {
    title: "one in clear instead of all",
    edits: [PASSWORDS("$6$SECRET")],
    problems: [
      "Pulumi.dev.yaml:4:23: palisade:passwords: must be a map from people to the hashes of their passwords, each encrypted",
    ],
  },
  {
    title: "one of nobody",
    edits: [PASSWORDS('{ bbo: { secure: "v1:x:y" } }')],
    problems: ['Pulumi.dev.yaml:4:25: palisade:passwords.bbo: unknown person "bbo"; did you mean "bob"?'],
  },
  {
    title: "one of a service account",
    edits: [DUMP, GRANT('{ "account": "dump" }'), PASSWORDS('{ dump: { secure: "v1:x:y" } }')],
    problems: [
      'Pulumi.dev.yaml:4:25: palisade:passwords.dump: unknown person "dump"; there are "alice", "bob", "dave", of which "dave" is nearest',
    ],
  },
]);

caseTable("tests of sudo", [
  {
    title: "a command that cannot be",
    edits: [tests('"expect": "sudo" }', '"command": "id", "expect": "sudo" }')],
    problems: [
      'policy/tests.json:4:74: tests[1].command: "id" is not valid: a command begins with its absolute path, such as /usr/bin/systemctl',
    ],
  },
  {
    title: "a command of a flow",
    edits: [tests('"expect": "deny" }', '"command": "/usr/bin/id", "expect": "deny" }')],
    problems: [
      'policy/tests.json:3:5: tests[0]: a test is either about a flow ("from", "to", "port", and "expect": allow or deny) or about a login ("person", "group", and "expect": none, login or sudo)',
    ],
  },
]);
