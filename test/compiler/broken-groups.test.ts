import { caseTable, groups } from "./support/cases";

caseTable("groups.json", [
  {
    title: "groups.json is not there",
    edits: [{ file: "groups.json", to: undefined }],
    problems: ["policy/groups.json: the file is missing or cannot be read"],
  },
  {
    title: "an empty file",
    edits: [{ file: "groups.json", to: "" }],
    problems: ["policy/groups.json:1:1: not JSON: a value is expected; JSON has no trailing commas"],
  },
  {
    title: "a comment",
    edits: [groups('{\n  "groups"', '{\n  // hi\n  "groups"')],
    problems: ["policy/groups.json:2:3: not JSON: JSON has no comments"],
  },
  {
    title: "a trailing comma",
    edits: [groups('"2027-01-01" }]', '"2027-01-01" },]')],
    problems: ["policy/groups.json:12:107: not JSON: a value is expected; JSON has no trailing commas"],
  },
  {
    title: "a file cut off half way",
    edits: [{ file: "groups.json", to: '{ "groups": {' }],
    problems: ["policy/groups.json:1:14: not JSON: a closing } is expected"],
  },
  {
    title: "a list instead of an object",
    edits: [{ file: "groups.json", to: "[]" }],
    problems: ["policy/groups.json:1:1: must be an object, and is []"],
  },
  {
    title: "unknown group",
    edits: [groups('"app", "self"', '"ap", "self"')],
    problems: [
      'policy/groups.json:11:67: groups.db.services.postgres.from[0]: unknown group "ap"; did you mean "app"?',
    ],
  },
  {
    title: "network without net:",
    edits: [groups('"net:office"', '"office"')],
    problems: [
      'policy/groups.json:7:71: groups.bastion.services.ssh.from[0]: "office" is a network, and no group; write "net:office"',
    ],
  },
  {
    title: "unknown network",
    edits: [groups('"net:office"', '"net:ofice"')],
    problems: [
      'policy/groups.json:7:71: groups.bastion.services.ssh.from[0]: unknown network "net:ofice"; did you mean "net:office"?',
    ],
  },
  {
    title: "the fleet as a network",
    edits: [groups('"net:office"', '"net:fleet"')],
    problems: [
      'policy/groups.json:7:71: groups.bastion.services.ssh.from[0]: servers are no network: write "any" for every host of the environment, or name a group',
    ],
  },
  {
    title: "a host as a source",
    edits: [groups('"net:office"', '"host:web-1"')],
    problems: [
      'policy/groups.json:7:71: groups.bastion.services.ssh.from[0]: "host:web-1" is not valid: a source is a server group, self, any or net:NAME',
    ],
  },
  {
    title: "another environment as a source",
    edits: [groups('"net:office"', '"prod/web"')],
    problems: [
      'policy/groups.json:7:71: groups.bastion.services.ssh.from[0]: "prod/web" is not valid: a source is a server group, self, any or net:NAME',
    ],
  },
  {
    title: "unknown team",
    edits: [groups('"team": "dbas"', '"team": "dba"')],
    problems: [
      'policy/groups.json:12:28: groups.db.logins[0].team: unknown team "dba"; did you mean "dbas"?',
    ],
  },
  {
    title: "unknown person",
    edits: [groups('"person": "dave"', '"person": "davina"')],
    problems: [
      'policy/groups.json:12:75: groups.db.logins[1].person: unknown person "davina"; there are "alice", "bob", "dave", of which "dave" is nearest',
    ],
  },
  {
    title: "a login for a team and a person",
    edits: [groups('"person": "dave"', '"person": "dave", "team": "sre"')],
    problems: [
      'policy/groups.json:12:63: groups.db.logins[1]: a login is for either a team or a person: it needs one of "team" and "person"',
    ],
  },
  {
    title: "a login for nobody",
    edits: [groups('"person": "dave", ', "")],
    problems: [
      'policy/groups.json:12:63: groups.db.logins[1]: a login is for either a team or a person: it needs one of "team" and "person"',
    ],
  },
  {
    title: "port 0",
    edits: [groups("8000-8010/tcp", "0/tcp")],
    problems: [
      'policy/groups.json:9:47: groups.app.services.api.ports[0]: port 0 in "0/tcp" is not from 1 to 65535',
    ],
  },
  {
    title: "port 65536",
    edits: [groups("8000-8010/tcp", "65536/tcp")],
    problems: [
      'policy/groups.json:9:47: groups.app.services.api.ports[0]: port 65536 in "65536/tcp" is not from 1 to 65535',
    ],
  },
  {
    title: "a range that runs backwards",
    edits: [groups("8000-8010/tcp", "8010-8000/tcp")],
    problems: [
      'policy/groups.json:9:47: groups.app.services.api.ports[0]: the range "8010-8000/tcp" runs backwards; write 8000-8010/tcp',
    ],
  },
  {
    title: "a port with a leading zero",
    edits: [groups("8000-8010/tcp", "080/tcp")],
    problems: [
      'policy/groups.json:9:47: groups.app.services.api.ports[0]: port 080 in "080/tcp" is not from 1 to 65535',
    ],
  },
  {
    title: "a port without a protocol",
    edits: [groups("8000-8010/tcp", "8000")],
    problems: [
      'policy/groups.json:9:47: groups.app.services.api.ports[0]: "8000" is not valid: a port is written as 443/tcp, 8000-8010/tcp, 53/udp or icmp',
    ],
  },
  {
    title: "an unknown protocol",
    edits: [groups("8000-8010/tcp", "8000/sctp")],
    problems: [
      'policy/groups.json:9:47: groups.app.services.api.ports[0]: "8000/sctp" is not valid: a port is written as 443/tcp, 8000-8010/tcp, 53/udp or icmp',
    ],
  },
  {
    title: "a number for a port",
    edits: [groups('"8000-8010/tcp"', "8000")],
    problems: ["policy/groups.json:9:47: groups.app.services.api.ports[0]: must be text, and is 8000"],
  },
  {
    title: "no ports",
    edits: [groups('"8000-8010/tcp"', "")],
    problems: ["policy/groups.json:9:46: groups.app.services.api.ports: must not be empty"],
  },
  {
    title: "no sources",
    edits: [groups(', "from": ["web"]', "")],
    problems: ['policy/groups.json:9:35: groups.app.services.api: "from" is missing (who may use it)'],
  },
  {
    title: "a port twice",
    edits: [groups('"80/tcp", "443/tcp"', '"80/tcp", "80/tcp"')],
    problems: ['policy/groups.json:8:58: groups.web.services.site.ports[1]: "80/tcp" is listed twice'],
  },
  {
    title: "unknown key",
    edits: [groups('"sudo": true', '"sodo": true')],
    problems: [
      'policy/groups.json:5:35: groups.all.logins[0].sodo: unknown key "sodo"; did you mean "sudo"?',
    ],
  },
  {
    title: "text for a truth value",
    edits: [groups('"sudo": true', '"sudo": "yes"')],
    problems: [
      'policy/groups.json:5:43: groups.all.logins[0].sudo: must be true or false or an object, and is "yes"',
    ],
  },
  {
    title: "a name twice in one object",
    edits: [groups('"web": {', '"app": {')],
    problems: [
      'Pulumi.dev.yaml:7:38: palisade:hosts[1].groups[0]: unknown group "web"; did you mean "db"?',
      'policy/groups.json:9:5: groups.app: "app" is written twice in the same object',
      'policy/groups.json:9:74: groups.app.services.api.from[0]: unknown group "web"; did you mean "db"?',
      'policy/tests.json:3:15: tests[0].from: unknown group "web"; did you mean "db"?',
    ],
  },
  {
    title: "a name with a capital",
    edits: [groups('"web": {', '"Web": {')],
    problems: [
      'Pulumi.dev.yaml:7:38: palisade:hosts[1].groups[0]: unknown group "web"; did you mean "db"?',
      'policy/groups.json:8:5: groups.Web: "Web" is not valid: a name is a lower-case letter, then at most 30 lower-case letters, digits and dashes',
      'policy/groups.json:9:74: groups.app.services.api.from[0]: unknown group "web"; did you mean "db"?',
      'policy/tests.json:3:15: tests[0].from: unknown group "web"; did you mean "db"?',
    ],
  },
  {
    title: "a group called self",
    edits: [groups('"web": {', '"self": {')],
    problems: [
      'Pulumi.dev.yaml:7:38: palisade:hosts[1].groups[0]: unknown group "web"; did you mean "db"?',
      'policy/groups.json:8:5: groups.self: no group can be named "self": in "from" it means the other hosts of the same group',
      'policy/groups.json:9:74: groups.app.services.api.from[0]: unknown group "web"; did you mean "db"?',
      'policy/tests.json:3:15: tests[0].from: unknown group "web"; did you mean "db"?',
    ],
  },
  {
    title: "a day that is not in the calendar",
    edits: [groups("2027-01-01", "2027-02-30")],
    problems: [
      'policy/groups.json:12:92: groups.db.logins[1].until: "2027-02-30" is no day of the calendar; write it as 2026-12-31',
    ],
  },
  {
    title: "a date in another notation",
    edits: [groups("2027-01-01", "1.1.2027")],
    problems: [
      'policy/groups.json:12:92: groups.db.logins[1].until: "1.1.2027" is not valid: a date is written as 2026-12-31',
    ],
  },
  {
    title: "a group called __proto__",
    edits: [groups('"web": {', '"__proto__": {')],
    problems: [
      'Pulumi.dev.yaml:7:38: palisade:hosts[1].groups[0]: unknown group "web"; did you mean "db"?',
      'policy/groups.json:8:5: groups.__proto__: "__proto__" is not valid: a name is a lower-case letter, then at most 30 lower-case letters, digits and dashes',
      'policy/groups.json:9:74: groups.app.services.api.from[0]: unknown group "web"; did you mean "db"?',
      'policy/tests.json:3:15: tests[0].from: unknown group "web"; did you mean "db"?',
    ],
  },
  {
    title: "a source called constructor",
    edits: [groups('"app", "self"', '"constructor", "self"')],
    problems: [
      'policy/groups.json:11:67: groups.db.services.postgres.from[0]: unknown group "constructor"; there are "all", "any", "app", "bastion", "db", "self", "web", of which "bastion" is nearest',
    ],
  },
  {
    title: "environments that the policy does not list",
    edits: [groups('"groups": {', '"environments": ["prod"], "groups": {')],
    problems: [
      'Pulumi.dev.yaml:3:25: warning: palisade:environment: unknown environment "dev"; the only one there is, is "prod"; groups.json lists them under "environments"',
      'policy/groups.json:12:53: groups.db.logins[0].environments[0]: unknown environment "dev"; the only one there is, is "prod"',
      'policy/tests.json:4:56: tests[1].environment: unknown environment "dev"; the only one there is, is "prod"',
    ],
  },
  {
    title: "a name that holds iptables options",
    edits: [groups('"site": {', '"site -j ACCEPT": {')],
    problems: [
      'policy/groups.json:8:28: groups.web.services["site -j ACCEPT"]: "site -j ACCEPT" is not valid: a name is a lower-case letter, then at most 30 lower-case letters, digits and dashes',
    ],
  },
]);
