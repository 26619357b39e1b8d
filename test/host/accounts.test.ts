import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assertOk, assertRefused, documentOf } from "./support/documents";
import { cannot, type HostTest, type Sandbox, withHost } from "./support/sandbox";

const skip = cannot("pwck", "visudo", "ssh-keygen", "pkill", "getent");
const onHost = (name: string, body: HostTest) => test(name, { skip }, () => withHost(body));
const GOLDEN = join(__dirname, "..", "compiler", "golden", "company", "rendered");
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHw+pxRvB5028auZjN4obeD6ZThAFTtDTnsQUgVMMwgi";
const OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINA0CL26coy/QKnToaqXyc5Bi7OLpefGSdJ4988J3zFl";

const PEOPLE = {
  passwd:
    "alice:x:10001:10001:Alice Ånderson:/home/alice:/bin/bash\nbob:x:10002:10002:Bob:/home/bob:/bin/bash\n",
  group: "alice:x:10001:\nbob:x:10002:\npalisade:x:30000:alice,bob\nsre:x:20001:alice\n",
  shadow: "alice:*:::::::\nbob:*:::::::\n",
  sudoers: "# Palisade\n%sre ALL=(ALL:ALL) NOPASSWD: ALL\n",
  keys: `alice ${KEY} alice@laptop\nalice ${OTHER}\nbob ${KEY} it's "bob's" $(id) key\n`,
  passwords: "",
};
const WITHOUT_BOB = {
  passwd: "alice:x:10001:10001:Alice Ånderson:/home/alice:/bin/bash\n",
  group: "alice:x:10001:\npalisade:x:30000:alice\nsre:x:20001:alice\n",
  shadow: "alice:*:::::::\n",
  sudoers: PEOPLE.sudoers,
  keys: `alice ${OTHER}\n`,
  passwords: "",
};
const NOBODY = {
  passwd: "",
  group: "palisade:x:30000:\n",
  shadow: "",
  sudoers: "# Palisade\n",
  keys: "",
  passwords: "",
};

function push(host: Sandbox, files: Record<string, string>) {
  return host.palisade("apply accounts", documentOf("accounts", files));
}

describe("accounts", () => {
  onHost("are written as they came, each file with its mode, and homes are made", async (host) => {
    assertOk(await push(host, PEOPLE));
    for (const name of ["passwd", "group", "shadow"] as const)
      assert.equal(await host.sh(`cat /var/lib/extrausers/${name}`), PEOPLE[name]);
    assert.equal(await host.sh("cat /etc/sudoers.d/palisade"), PEOPLE.sudoers);
    assert.equal(await host.sh("cat /etc/ssh/palisade_keys/alice"), `${KEY} alice@laptop\n${OTHER}\n`);
    assert.equal(await host.sh("cat /etc/ssh/palisade_keys/bob"), `${KEY} it's "bob's" $(id) key\n`);
    const shadow = (await host.sh("getent group shadow")).split(":")[2];
    assert.deepEqual(
      (
        await host.sh(
          "stat -Lc '%a %u:%g %n' /var/lib/extrausers/[gps]* /etc/sudoers.d/palisade /etc/ssh/palisade_keys \
            /etc/ssh/palisade_keys/* /home/*",
        )
      )
        .trim()
        .split("\n"),
      [
        "644 0:0 /var/lib/extrausers/group",
        "644 0:0 /var/lib/extrausers/passwd",
        `640 0:${shadow} /var/lib/extrausers/shadow`,
        "440 0:0 /etc/sudoers.d/palisade",
        "755 0:0 /etc/ssh/palisade_keys",
        "644 0:0 /etc/ssh/palisade_keys/alice",
        "644 0:0 /etc/ssh/palisade_keys/bob",
        "700 10001:10001 /home/alice",
        "700 10002:10002 /home/bob",
      ],
    );
    assert.equal(await host.sh("stat -c %u /home/alice/.profile"), "10001\n");
    assert.match((await host.palisade("status")).stdout, /alice\tAlice Ånderson\n {2}bob\tBob\n/);
  });

  onHost("that the compiler writes are taken", async (host) => {
    for (const name of ["bastion-1", "old-1"]) {
      const folder = join(GOLDEN, name, "accounts");
      const files = ["passwd", "group", "shadow", "sudoers", "keys", "passwords"].map(
        (file): [string, string] => [file, readFileSync(join(folder, file), "utf8")],
      );
      assertOk(await push(host, Object.fromEntries(files)));
    }
  });

  onHost("pushed twice change nothing the second time", async (host) => {
    assertOk(await push(host, PEOPLE));
    const before = await host.everything();
    assertOk(await push(host, PEOPLE));
    assert.deepEqual(await host.everything(), before);
  });

  onHost("taken away: keys go, sessions end, homes stay, others are not disturbed", async (host) => {
    assertOk(await push(host, PEOPLE));
    await host.sh("echo mine >/home/bob/file; touch /etc/ssh/palisade_keys/stale");
    for (const uid of [10001, 10002])
      await host.sh(`setpriv --reuid=${uid} --clear-groups sleep 600 >/dev/null 2>&1 &`);
    assertOk(await push(host, WITHOUT_BOB));
    assert.equal(await host.sh("ls /etc/ssh/palisade_keys"), "alice\n");
    assert.equal(await host.sh("cat /etc/ssh/palisade_keys/alice"), `${OTHER}\n`);
    assert.equal(await host.sh("cat /home/bob/file"), "mine\n");
    assert.equal(await host.sh("pgrep -U 10002 -c || true"), "0\n");
    assert.equal(await host.sh("pgrep -U 10001 -c"), "1\n");

    assertOk(await push(host, NOBODY));
    assert.equal(
      await host.sh("cat /var/lib/extrausers/passwd; ls /etc/ssh/palisade_keys; ls /home"),
      "alice\nbob\n",
    );
    assert.equal(await host.sh("pgrep -U 10001 -c || true"), "0\n");
  });

  onHost("given back find the home as it was", async (host) => {
    assertOk(await push(host, PEOPLE));
    await host.sh("echo mine >/home/bob/file; chmod 0750 /home/bob");
    assertOk(await push(host, WITHOUT_BOB));
    assertOk(await push(host, PEOPLE));
    assert.equal(await host.sh("cat /home/bob/file; stat -c %a /home/bob"), "mine\n750\n");
  });

  onHost("a home that a push only began to make is made again", async (host) => {
    await host.sh("mkdir -p /home/alice.palisade-new/half");
    assertOk(await push(host, PEOPLE));
    assert.equal(await host.sh("ls -A /home; ls -A /home/alice | grep -c half || true"), "alice\nbob\n0\n");
  });
});

/** One file of {@link PEOPLE} with a change that must be refused. */
function changed(file: keyof typeof PEOPLE, from: string, to: string): Record<string, string> {
  assert.ok(PEOPLE[file].includes(from), `${file} has ${from}`);
  return { ...PEOPLE, [file]: PEOPLE[file].replace(from, () => to) };
}

function added(file: keyof typeof PEOPLE, line: string): Record<string, string> {
  return { ...PEOPLE, [file]: `${PEOPLE[file]}${line}\n` };
}

const REFUSED: Record<string, Record<string, string>> = {
  "a line of passwd that is none": changed("passwd", "bob:x:10002", "bob:10002"),
  "a name twice": added("passwd", "bob:x:10003:10002:Bob:/home/bob:/bin/bash"),
  "an id twice": changed("passwd", "bob:x:10002", "bob:x:10001"),
  "a person without a line in shadow": changed("shadow", "bob:*:::::::\n", ""),
  "an empty password": changed("shadow", "bob:*:", "bob::"),
  "a password": changed("shadow", "bob:*:", "bob:$y$j9T$abc:"),
  "root's id": changed("passwd", "bob:x:10002", "bob:x:0"),
  "root's id, in other words": changed("passwd", "bob:x:10002", "bob:x:+0"),
  "root's group": changed("passwd", ":10002:Bob", ":0:Bob"),
  "a primary group that is not there": changed("passwd", ":10002:Bob", ":10009:Bob"),
  "root's name": added("passwd", "root:x:10003:10002:Bob:/home/root:/bin/bash"),
  "another's home": changed("passwd", "/home/bob", "/root"),
  "a home outside of /home": changed("passwd", "/home/bob", "/home/../etc/bob"),
  "no shell": changed("passwd", "/home/bob:/bin/bash", "/home/bob:$(id)"),
  "a malformed group": changed("group", "sre:x:20001:alice", "sre:x:alice"),
  "a group's id that is no number": changed("group", "20001", "2000l"),
  "a group twice": added("group", "sre:x:20003:"),
  "a group's id twice": added("group", "db:x:20001:"),
  "the system's sudo group": added("group", "sudo:x:20009:alice"),
  "the system's sudo group by its id": added("group", "db:x:27:alice"),
  "a member who is no person of the policy": changed(
    "group",
    "sre:x:20001:alice",
    "sre:x:20001:alice,daemon",
  ),
  "sudo rules that visudo refuses": changed("sudoers", "NOPASSWD: ALL", "NOPASSWD ALL ALL"),
  "a sudo rule for a stranger": added("sudoers", "mallory ALL=(ALL:ALL) NOPASSWD: ALL"),
  "a sudo rule for the system's own": added("sudoers", "%adm ALL=(ALL:ALL) NOPASSWD: ALL"),
  "a sudo rule with a wildcard": added("sudoers", "bob ALL=(root) NOPASSWD: /usr/bin/cat *"),
  "a sudo rule for a folder and more": added("sudoers", "bob ALL=(root) NOPASSWD: /usr/bin/id -u, /bin/sh"),
  "a sudo rule as somebody else": added("sudoers", 'bob ALL=(daemon) NOPASSWD: /usr/bin/id ""'),
  "an option of sudo": added("sudoers", "Defaults !authenticate"),
  "another file of sudo rules": added("sudoers", "@include /tmp/sudoers"),
  "a password for a stranger": { ...PEOPLE, passwords: "mallory\n" },
  "a key that is none": changed("keys", OTHER, "ssh-ed25519 AAAA"),
  "a key of another type than it says": changed("keys", OTHER, OTHER.replace("ed25519", "rsa")),
  "a private key": changed("keys", OTHER, "-----BEGIN OPENSSH PRIVATE KEY-----"),
  "a key with options": changed("keys", OTHER, `command="id" ${OTHER}`),
  "a key of nobody": added("keys", `carol ${KEY}`),
  "a name without a key": added("keys", "bob"),
  "an empty line among keys": added("keys", ""),
  "a key for a file elsewhere": added("keys", `../../../root/.ssh/authorized_keys ${KEY}`),
};

const HOSTILE_NAMES = [
  "$(touch /tmp/owned)",
  "`id`",
  "a;id",
  "a|id",
  "a&b",
  "'",
  '"',
  "*",
  "../x",
  "a/b",
  "-rf",
  "a b",
  "a\tb",
  "a\\nb",
  "a\0b",
  "a\rb",
  "A",
  "é",
  ".",
  "..",
  "",
  "x".repeat(10_000),
  "x".repeat(32),
];

/** {@link PEOPLE} with another name in the place of bob's, of a team's, and of who a key belongs to. */
function everywhere(name: string): Record<string, string>[] {
  const people = Object.entries(PEOPLE).map(([file, text]): [string, string] => [
    file,
    text.replaceAll(/\bbob\b(?=:x|:\*| ssh|$|:\/bin)/gm, () => name),
  ]);
  return [Object.fromEntries(people), changed("group", "sre", name), changed("keys", "bob ", `${name} `)];
}

describe("refused, with everything as it was", () => {
  for (const [state, prepare] of [
    ["on a fresh host", () => Promise.resolve()],
    ["on a host with people", async (host: Sandbox) => assertOk(await push(host, WITHOUT_BOB))],
  ] as const) {
    onHost(`wrong accounts, ${state}`, async (host) => {
      await prepare(host);
      const documents = Object.entries(REFUSED).map(([what, files]): [string, string] => [
        what,
        documentOf("accounts", files),
      ]);
      await assertRefused(host, { command: "apply accounts", documents, why: /nothing was changed$/m });
    });
  }

  onHost("hostile names, wherever a name stands", async (host) => {
    assertOk(await push(host, WITHOUT_BOB));
    const documents = HOSTILE_NAMES.flatMap((name) =>
      everywhere(name).map((files): [string, string] => [
        JSON.stringify(name.slice(0, 40)),
        documentOf("accounts", files),
      ]),
    );
    await assertRefused(host, { command: "apply accounts", documents, why: /nothing was changed$/m });
    assert.equal(await host.sh("ls /tmp"), "");
  });

  onHost("a document cut off, at many places", async (host) => {
    assertOk(await push(host, WITHOUT_BOB));
    const document = Buffer.from(documentOf("accounts", PEOPLE));
    const before = await host.everything();
    for (let length = 0; length < document.length - 1; length += 23) {
      const outcome = await host.palisade("apply accounts", document.subarray(0, length));
      assert.equal(outcome.code, 1, `${length} bytes`);
    }
    assert.deepEqual(await host.everything(), before);
  });

  onHost(
    "not refused, and harmless: quotes, commands and long lines in a person's full name",
    async (host) => {
      const name = `O'Brien "$(touch /tmp/owned)" \`id\`; %s & <b> ${"x".repeat(10_000)}`;
      const files = changed("passwd", ":Bob:", `:${name}:`);
      assertOk(await push(host, files));
      assert.equal(await host.sh("cat /var/lib/extrausers/passwd"), files["passwd"]);
      assertOk(await host.palisade("status"));
      assert.equal(await host.sh("ls /tmp; ls -A /home"), "alice\nbob\n");
    },
  );
});
