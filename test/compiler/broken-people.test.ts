import { caseTable, groups, people } from "./support/cases";
import { sshKey } from "./support/sample";

const KEY1 = sshKey(1);
const KEY2 = sshKey(2);

caseTable("people.json", [
  {
    title: "a uid twice",
    edits: [people("10002", "10001")],
    problems: ['policy/people.json:5:21: people.bob.uid: uid 10001 is already that of person "alice"'],
  },
  {
    title: "a gid twice",
    edits: [people("20002", "20001")],
    problems: ['policy/people.json:2:56: teams.dbas.gid: gid 20001 is already that of team "sre"'],
  },
  {
    title: "a uid below the range",
    edits: [people("10002", "1000")],
    problems: ["policy/people.json:5:21: people.bob.uid: 1000 is outside 10000 to 19999"],
  },
  {
    title: "a uid with a fraction",
    edits: [people("10002", "10002.5")],
    problems: ["policy/people.json:5:21: people.bob.uid: must be a whole number, and is 10002.5"],
  },
  {
    title: "a gid above the range",
    edits: [people("20002", "30000")],
    problems: ["policy/people.json:2:56: teams.dbas.gid: 30000 is outside 20000 to 29999"],
  },
  {
    title: "a colon in a full name",
    edits: [people("Bob Brandt", "Bob:0:0")],
    problems: [
      'policy/people.json:5:36: people.bob.name: "Bob:0:0" holds ":", which a full name in a passwd file cannot',
    ],
  },
  {
    title: "a newline in a full name",
    edits: [people("Bob Brandt", "Bob\\nroot::0:0")],
    problems: [
      'policy/people.json:5:36: people.bob.name: "Bob\\nroot::0:0" holds "\\n", which a full name in a passwd file cannot',
    ],
  },
  {
    title: "a comma in a full name",
    edits: [people("Bob Brandt", "Brandt, Bob")],
    problems: [
      'policy/people.json:5:36: people.bob.name: "Brandt, Bob" holds ",", which a full name in a passwd file cannot',
    ],
  },
  {
    title: "an empty full name",
    edits: [people("Bob Brandt", "")],
    problems: ["policy/people.json:5:36: people.bob.name: must not be empty"],
  },
  {
    title: "letters beyond ASCII in a full name are fine",
    edits: [people("Bob Brandt", "Björn Ångström")],
    problems: [],
  },
  {
    title: "a person called root",
    edits: [people('"bob":', '"root":')],
    problems: [
      'policy/people.json:5:5: people.root: "root" is reserved: systems have a user or group of that name, so no person can',
    ],
  },
  {
    title: "a team called sudo",
    edits: [
      people('"dbas": {', '"sudo": {'),
      groups('"team": "dbas"', '"team": "sudo"'),
      people('["dbas"]', '["sudo"]'),
    ],
    problems: [
      'policy/people.json:2:39: teams.sudo: "sudo" is reserved: systems have a user or group of that name, so no team can',
    ],
  },
  {
    title: "a person with a team's name",
    edits: [people('"bob":', '"sre":')],
    problems: [
      'policy/people.json:5:5: people.sre: "sre" is a team as well: each would be a group of that name on the hosts',
    ],
  },
  {
    title: "a person in an unknown team",
    edits: [people('"teams": ["dbas"]', '"teams": ["sysadmins"]')],
    problems: [
      'policy/people.json:5:60: people.bob.teams[0]: unknown team "sysadmins"; there are "dbas", "sre", of which "dbas" is nearest',
    ],
  },
  {
    title: "a key that is cut off",
    edits: [people(KEY2, "ssh-ed25519 AAAA")],
    problems: [
      "policy/people.json:5:78: people.bob.keys[0]: this is not a whole ssh-ed25519 key: its base64 part is damaged",
    ],
  },
  {
    title: "a key with an option",
    edits: [people(KEY2, `command=\\"x\\" ${KEY2}`)],
    problems: [
      "policy/people.json:5:78: people.bob.keys[0]: an SSH public key has no options here; it begins with its type: ssh-ed25519, ecdsa-sha2-nistp256, ssh-rsa or another type that OpenSSH accepts",
    ],
  },
  {
    title: "a key of a type that OpenSSH refuses",
    edits: [people(KEY2, "ssh-dss AAAA")],
    problems: [
      'policy/people.json:5:78: people.bob.keys[0]: "ssh-dss" is no type of SSH public key; it begins with ssh-ed25519, ecdsa-sha2-nistp256, ssh-rsa or another type that OpenSSH accepts',
    ],
  },
  {
    title: "a private key",
    edits: [people(KEY2, "-----BEGIN OPENSSH PRIVATE KEY-----")],
    problems: [
      "policy/people.json:5:78: people.bob.keys[0]: this looks like the beginning of a private key; only public keys belong here",
    ],
  },
  {
    title: "a key with a second line",
    edits: [people(KEY2, `${KEY2}\\nssh-ed25519 A`)],
    problems: [
      "policy/people.json:5:78: people.bob.keys[0]: an SSH public key is one line of printable ASCII",
    ],
  },
  {
    title: "two people with one key is a warning",
    edits: [people(KEY2, KEY1)],
    problems: [
      'policy/people.json:5:78: warning: people.bob.keys[0]: this is the key of "alice" as well: a log cannot tell the two apart',
    ],
  },
  {
    title: "keys left out",
    edits: [people(`, "keys": ["${KEY2}"]`, "")],
    problems: [
      'policy/people.json:5:12: people.bob: "keys" is missing (as in authorized_keys, without options: ssh-ed25519 AAAA… alice@laptop)',
    ],
  },
  {
    title: "null instead of people",
    edits: [{ file: "people.json", to: '{"teams": {}, "people": null}' }],
    problems: [
      'policy/groups.json:5:28: groups.all.logins[0].team: unknown team "sre"; there are none',
      'policy/groups.json:12:28: groups.db.logins[0].team: unknown team "dbas"; there are none',
      "policy/people.json:1:25: people: must be an object, and is null",
    ],
  },
]);
