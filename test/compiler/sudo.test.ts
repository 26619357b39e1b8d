import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { combineSudo, describeSudo } from "../../compiler/decide/sudo";
import { accounts } from "../../compiler/render/accounts";
import { passwords } from "../../compiler/render/passwords";
import { commandProblem } from "../../compiler/validate/command";
import { hashProblem, setPassword } from "../../compiler/validate/crypt-hash";
import { groups, people } from "./support/cases";
import { decideWorld } from "./support/rendered";
import { modelAfter, TODAY, type Edit } from "./support/sample";
import { askSudo, type SudoAnswer } from "./support/sudoers";
import { COMMANDS, ENVIRONMENT, world, type World, type WorldHost, type WorldSudo } from "./support/world";

const RUNS = { numRuns: Number(process.env["PALISADE_RUNS"] ?? 1000) };

/** What the policy says, from the words that were written. */
function expected(written: World, host: WorldHost, user: string, command: string): SudoAnswer {
  const here = Object.entries(written.groups).filter(
    ([name]) => name === "all" || host.groups.includes(name),
  );
  const holds = ({ environments, until }: { environments?: string[]; until?: string }) =>
    (environments?.includes(ENVIRONMENT) ?? true) && (until ?? "9") > TODAY;
  const logins = here.flatMap(([, group]) => group.logins).filter(holds);
  const services = here.flatMap(([, group]) => group.serviceAccounts ?? []).filter(holds);
  const teams = written.people[user]?.teams ?? [];
  const mine: (WorldSudo | undefined)[] = [
    ...logins
      .filter((login) => login.person === user || teams.includes(login.team ?? ""))
      .map(({ sudo }) => sudo),
    ...services.filter(({ account }) => account === user).map(({ sudo }) => sudo),
  ];
  const answers = mine.flatMap((sudo): SudoAnswer[] => {
    if (sudo === undefined || sudo === false) return [];
    if (sudo === true) return ["runs"];
    if (sudo.commands?.includes(command) === false) return [];
    return [sudo.password === true ? "asks" : "runs"];
  });
  return answers.includes("runs") ? "runs" : answers.includes("asks") ? "asks" : "refused";
}

function filesOf(written: World, host: string): Map<string, string> {
  const { model } = decideWorld(written);
  const decided = model.hosts.get(host);
  assert.ok(decided);
  return new Map(accounts(decided, model).files.map(({ name, text }) => [name, text]));
}

test("what sudo does by a host's rules is what the policy says, for everybody and every command", () => {
  const cases = world.chain((written) =>
    fc.record({ written: fc.constant(written), host: fc.constantFrom(...written.hosts) }),
  );
  fc.assert(
    fc.property(cases, ({ written, host }) => {
      const files = filesOf(written, host.name);
      const [sudoers = "", group = ""] = [files.get("sudoers"), files.get("group")];
      const asked = new Set((files.get("passwords") ?? "").split("\n").filter((name) => name !== ""));
      const tried = [...COMMANDS, `${COMMANDS[0]} more`, "/bin/sh"];
      for (const user of [...Object.keys(written.people), ...Object.keys(written.serviceAccounts ?? {})]) {
        const answers = tried.map((command) => askSudo(sudoers, group, user, command));
        assert.deepEqual(
          answers,
          tried.map((command) => expected(written, host, user, command)),
          `${user} on ${host.name}\n${sudoers}`,
        );
        assert.equal(asked.has(user), answers.includes("asks"), `a password of ${user}`);
      }
    }),
    RUNS,
  );
});

const DBAS = (sudo: string) => groups('"team": "dbas",', `"team": "dbas", "sudo": ${sudo},`);

function filesAfter(...edits: Edit[]): Map<string, string> {
  const model = modelAfter(...edits);
  const host = model.hosts.get("db-1");
  assert.ok(host);
  return new Map(accounts(host, model).files.map(({ name, text }) => [name, text]));
}

describe("rendered sudo", () => {
  test("has those who are asked first, an empty pair of quotes for no arguments, and what sudoers(5) escapes", () => {
    const edits = [
      DBAS('{ "commands": ["/usr/bin/id", "/usr/bin/tool --at=1,2:3 %x"], "password": true }'),
      groups('"until": "2027-01-01"', '"sudo": { "password": true }'),
    ];
    assert.equal(
      filesAfter(...edits).get("sudoers"),
      `# Palisade: who has sudo on db-1 (dev).
%dbas ALL=(root) PASSWD: /usr/bin/id ""
%dbas ALL=(root) PASSWD: /usr/bin/tool --at\\=1\\,2\\:3 %x
dave ALL=(ALL:ALL) PASSWD: ALL
%sre ALL=(ALL:ALL) NOPASSWD: ALL
`,
    );
    assert.equal(filesAfter(...edits).get("passwords"), "bob\ndave\n");
  });

  test("asks nobody who has the same without a password", () => {
    const both = people('"teams": ["dbas"]', '"teams": ["dbas", "sre"]');
    assert.equal(filesAfter(both, DBAS('{ "password": true }')).get("passwords"), "");
  });

  test("of a service account: no home, no shell, no key, and sshd's group", () => {
    const files = filesAfter(
      people(
        '"people": {',
        '"serviceAccounts": { "dump": { "uid": 15001, "name": "Nightly dump" } }, "people": {',
      ),
      groups(
        '"db": {',
        '"db": { "serviceAccounts": [{ "account": "dump", "sudo": { "commands": ["/usr/bin/id"] } }],',
      ),
    );
    assert.match(
      files.get("passwd") ?? "",
      /^dump:x:15001:15001:Nightly dump:\/nonexistent:\/usr\/sbin\/nologin$/m,
    );
    assert.match(files.get("group") ?? "", /^dump:x:15001:$/m);
    assert.match(files.get("group") ?? "", /^palisade-service:x:30001:dump$/m);
    assert.match(files.get("group") ?? "", /^palisade:x:30000:alice,bob,dave$/m);
    assert.match(files.get("shadow") ?? "", /^dump:\*:::::::$/m);
    assert.match(files.get("sudoers") ?? "", /^dump ALL=\(root\) NOPASSWD: \/usr\/bin\/id ""$/m);
    assert.doesNotMatch(files.get("keys") ?? "", /dump/);
  });

  test("passwords are of those who are asked here, and of nobody else", () => {
    const model = modelAfter(DBAS('{ "password": true }'));
    const [db, web] = [model.hosts.get("db-1"), model.hosts.get("web-1")];
    assert.ok(db && web);
    const hashes = new Map([
      ["alice", "A"],
      ["bob", "B"],
    ]);
    assert.deepEqual(passwords(db, model, hashes).files, [{ name: "hashes", text: "bob:B\n" }]);
    assert.deepEqual(passwords(web, model, hashes).files, [{ name: "hashes", text: "" }]);
  });
});

test("grants combine to the widest, and say nothing twice", () => {
  const [all, asked] = [
    { command: "any", password: false },
    { command: "any", password: true },
  ];
  const named = (command: string, password = false) => ({ command, password });
  assert.deepEqual(combineSudo([asked, named("/a"), all]), [all]);
  assert.deepEqual(combineSudo([named("/b", true), asked, named("/a")]), [asked, named("/a")]);
  assert.deepEqual(combineSudo([named("/b", true), named("/a"), named("/b")]), [named("/a"), named("/b")]);
  assert.equal(describeSudo([asked, named("/a")]), 'sudo with a password and sudo without one for "/a"');
  assert.equal(describeSudo([]), "");
});

const WRONG_COMMANDS: [string, RegExp][] = [
  ["ALL", /write sudo as true/],
  ["systemctl restart x", /absolute path/],
  ["", /absolute path/],
  ["/usr/bin/*", /no wildcards/],
  ["/usr/bin/cat /var/log/?", /no wildcards/],
  ["/usr/bin/../bin/sh", /"\."/],
  ["/usr/bin/", /names one program/],
  ["/usr//bin/id", /names one program/],
  ["/usr/bin/id  -u", /one space/],
  ["/usr/bin/id -u ", /one space/],
  ["/usr/bin/id\t-u", /"\\t" cannot be in a path/],
  ["/usr/bin/id -u\nroot", /"\\n" cannot be in an argument/],
  ["/usr/bin/id !-u", /"!" cannot be in an argument/],
  ['/usr/bin/id ""', /cannot be in an argument/],
  ["/usr/bin/id \\", /cannot be in an argument/],
  ["/usr/bin/id ^-u$", /"\^" cannot be in an argument/],
  ["/usr/bin/id #1", /"#" cannot be in an argument/],
  ["/usr/bin/i,d", /"," cannot be in a path/],
  ["/home/bob/tool", /others than root may write there/],
  ["/tmp/tool", /others than root may write there/],
  ["/usr/bin/sudoedit /etc/hosts", /cannot be limited/],
  [`/usr/bin/id ${"x".repeat(256)}`, /longer than 256/],
];

describe("a command that sudo cannot be limited to", () => {
  for (const [command, reason] of WRONG_COMMANDS) {
    test(JSON.stringify(command.slice(0, 30)), () => assert.match(commandProblem(command) ?? "", reason));
  }
  test("is none of these", () => {
    for (const command of COMMANDS) assert.equal(commandProblem(command), undefined, command);
  });
});

const SHA512 = `$6$0123456789abcdef$${"a".repeat(86)}`;
const YESCRYPT = `$y$j9T$0123456789abcdef$${"a".repeat(43)}`;

describe("a password's hash", () => {
  test("is yescrypt or sha512crypt", () => {
    for (const hash of [SHA512, YESCRYPT, SHA512.replace("$6$", "$6$rounds=656000$")]) {
      assert.equal(hashProblem(hash), undefined);
    }
  });

  test("is not another, and is never repeated", () => {
    const wrong = [
      "",
      "correct horse battery staple",
      "*",
      "!",
      SHA512.replace("$6$", "$5$"),
      SHA512.replace("$6$", "$1$"),
      SHA512.slice(1),
      `${SHA512}a`,
      `${SHA512}\n`,
      `${SHA512}:0`,
      SHA512.replace("0123456789abcdef", "0123"),
      SHA512.replace("$6$", "$6$rounds=1000$"),
      YESCRYPT.slice(0, -1),
    ];
    for (const hash of wrong) {
      const problem = hashProblem(hash);
      assert.ok(problem !== undefined, hash);
      if (hash.length > 4) assert.ok(!problem.includes(hash.slice(4, 20)), hash);
    }
  });

  test("is set by a command that can be pasted", () => {
    assert.equal(
      setPassword("bob", "dev"),
      "openssl passwd -6 | pulumi config set --secret --stack dev --path 'palisade:passwords.bob'",
    );
  });
});
