import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { assertOk, assertRefused, documentOf } from "./support/documents";
import { digestOf } from "./support/firewalls";
import { cannot, type HostTest, type Sandbox, withHost } from "./support/sandbox";

const skip = cannot("pwck", "visudo", "ssh-keygen", "pkill", "getent", "openssl");
const onHost = (name: string, body: HostTest) => test(name, { skip }, () => withHost(body));

const hashOf = (password: string) =>
  spawnSync("openssl", ["passwd", "-6", "-stdin"], { input: password, encoding: "utf8" }).stdout.trim();
const ALICE = hashOf("alice's word");
const BOB = hashOf("bob's word");
const YESCRYPT = `$y$j9T$abcdefghijklmnopqrstuv$${"a".repeat(43)}`;

/** Alice and Bob, who are asked for a password where they are named, and a service account. */
function accountsOf(asked: readonly string[], people = ["alice", "bob"]): Record<string, string> {
  const uid = (name: string) => (name === "alice" ? 10001 : 10002);
  const passwd = people.map(
    (name) => `${name}:x:${uid(name)}:${uid(name)}:${name}:/home/${name}:/bin/bash\n`,
  );
  const rules = asked.map((name) => `${name} ALL=(ALL:ALL) PASSWD: ALL\n`);
  return {
    passwd: `${passwd.join("")}dump:x:15001:15001:Dump:/nonexistent:/usr/sbin/nologin\n`,
    group: `${people.map((name) => `${name}:x:${uid(name)}:\n`).join("")}dump:x:15001:
palisade:x:30000:${people.join(",")}\npalisade-service:x:30001:dump\n`,
    shadow: `${people.map((name) => `${name}:*:::::::\n`).join("")}dump:*:::::::\n`,
    sudoers: `# Palisade\n${rules.join("")}dump ALL=(root) NOPASSWD: /usr/bin/id -u\n`,
    keys: "",
    passwords: asked.map((name) => `${name}\n`).join(""),
  };
}

const push = (host: Sandbox, files: Record<string, string>) =>
  host.palisade("apply accounts", documentOf("accounts", files));
async function confirm(host: Sandbox, files: Record<string, string>) {
  assertOk(await push(host, files));
  return host.palisade("confirm", `accounts ${digestOf(documentOf("accounts", files))}\n`);
}
const setPasswords = (host: Sandbox, hashes: string) =>
  host.palisade("apply passwords", documentOf("passwords", { hashes }));
const shadow = (host: Sandbox) => host.sh("cat /var/lib/extrausers/shadow");

describe("passwords", () => {
  onHost("join the shadow file, and neither a message nor a readable file has them", async (host) => {
    assertOk(await push(host, accountsOf(["alice", "bob"])));
    const outcome = await setPasswords(host, `alice:${ALICE}\nbob:${YESCRYPT}\n`);
    assertOk(outcome);
    assert.equal(await shadow(host), `alice:${ALICE}:::::::\nbob:${YESCRYPT}:::::::\ndump:*:::::::\n`);
    assert.equal(outcome.stdout + outcome.stderr, "palisade: passwords: 2 set\n");
    const group = (await host.sh("getent group shadow")).split(":")[2];
    assert.equal(
      await host.sh("stat -Lc '%a %u:%g' /var/lib/extrausers/shadow /var/lib/palisade/passwords/confirmed"),
      `640 0:${group}\n600 0:0\n`,
    );
    const readable = await host.sh(
      "find /var/lib /etc/sudoers.d /etc/ssh /run /home -type f -perm /077 -exec grep -lF '$6$' {} + || true",
    );
    assert.match(readable, /^\/var\/lib\/extrausers\/[ab]\/shadow\n$/);
    assert.match(
      (await host.palisade("status")).stdout,
      /bob\tbob \(password set\)\n {2}dump\tDump \(service account\)/,
    );
  });

  onHost("stay through a push of the accounts, and change nothing when they come again", async (host) => {
    assertOk(await push(host, accountsOf(["alice", "bob"])));
    assertOk(await setPasswords(host, `alice:${ALICE}\nbob:${BOB}\n`));
    const before = await host.everything();
    assertOk(await push(host, accountsOf(["alice", "bob"])));
    assert.deepEqual(await host.everything(), before);
    assertOk(await setPasswords(host, `alice:${ALICE}\nbob:${BOB}\n`));
    assert.deepEqual(await host.everything(), before);
  });

  onHost("go with the config, with the grant, and with the person", async (host) => {
    assertOk(await push(host, accountsOf(["alice", "bob"])));
    assertOk(await setPasswords(host, `alice:${ALICE}\nbob:${BOB}\n`));
    await host.sh("mkdir -p /run/sudo/ts; touch /run/sudo/ts/alice /run/sudo/ts/bob");
    assertOk(await setPasswords(host, `bob:${BOB}\n`));
    assert.equal(await shadow(host), `alice:*:::::::\nbob:${BOB}:::::::\ndump:*:::::::\n`);
    assert.equal(await host.sh("ls /run/sudo/ts"), "bob\n", "alice is asked anew");

    assertOk(await confirm(host, accountsOf(["alice"])));
    assert.equal(await shadow(host), "alice:*:::::::\nbob:*:::::::\ndump:*:::::::\n");
    assertOk(await push(host, accountsOf(["alice", "bob"])));
    assert.doesNotMatch(await shadow(host), /\$/, "what went does not come back by itself");

    assertOk(await setPasswords(host, `alice:${ALICE}\nbob:${BOB}\n`));
    assertOk(await confirm(host, accountsOf(["alice"], ["alice"])));
    assert.equal(await shadow(host), `alice:${ALICE}:::::::\ndump:*:::::::\n`);
    const kept = await host.sh("find /var/lib/palisade /var/lib/extrausers -type f -exec cat {} +");
    assert.ok(kept.includes(ALICE) && !kept.includes(BOB), "no hash stays of whom nobody asks");
    assertOk(await setPasswords(host, ""));
    assert.equal(await shadow(host), "alice:*:::::::\ndump:*:::::::\n");
  });

  onHost(
    "are refused where they are wrong, with everything as it was and no hash in the message",
    async (host) => {
      assertOk(await push(host, accountsOf(["alice"])));
      assertOk(await setPasswords(host, `alice:${ALICE}\n`));
      const wrong: Record<string, string> = {
        "a password in clear": "alice:correct horse battery staple\n",
        "an empty one": "alice:\n",
        "a locked one": "alice:!\n",
        MD5: `alice:$1$abcdefgh$${"a".repeat(22)}\n`,
        sha256crypt: `alice:${ALICE.replace("$6$", "$5$")}\n`,
        "a hash cut off": `alice:${ALICE.slice(0, -1)}\n`,
        "more fields": `alice:${ALICE}:0:99999\n`,
        "somebody who is not asked": `bob:${BOB}\n`,
        "somebody whose name holds another's": `malice:${BOB}\n`,
        "a service account": `dump:${BOB}\n`,
        root: `root:${BOB}\n`,
        "the same person twice": `alice:${ALICE}\nalice:${BOB}\n`,
        "a name that is a pattern": `.*:${BOB}\n`,
        "an empty line": `alice:${ALICE}\n\n`,
      };
      const documents = Object.entries(wrong).map(([what, hashes]): [string, string] => [
        what,
        documentOf("passwords", { hashes }),
      ]);
      await assertRefused(host, {
        command: "apply passwords",
        documents,
        why: /^(?!.*\$[1-9y]\$).*nothing was changed$/m,
      });
      const cut = documentOf("passwords", { hashes: `alice:${BOB}\n` }).slice(0, -10);
      assert.equal((await host.palisade("apply passwords", cut)).code, 1);
      assert.equal(await shadow(host), `alice:${ALICE}:::::::\nbob:*:::::::\ndump:*:::::::\n`);
    },
  );

  onHost("are refused before there are accounts", async (host) => {
    const outcome = await setPasswords(host, `alice:${ALICE}\n`);
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, /there are no accounts here yet; nothing was changed/);
  });
});

describe("service accounts", () => {
  onHost("have no home, and what they run ends with them", async (host) => {
    assertOk(await push(host, accountsOf([])));
    assert.equal(await host.sh("ls / | grep -c nonexistent || true; ls /home"), "0\nalice\nbob\n");
    await host.sh("setpriv --reuid=15001 --clear-groups sleep 600 >/dev/null 2>&1 &");
    assertOk(await push(host, accountsOf([])));
    assert.equal(await host.sh("pgrep -U 15001 -c"), "1\n");
    const without = Object.entries(accountsOf([])).map(([name, text]): [string, string] => [
      name,
      text.replaceAll(/^(palisade-service|dump).*\n/gm, ""),
    ]);
    assertOk(await push(host, Object.fromEntries(without)));
    assert.equal(await host.sh("pgrep -U 15001 -c || true"), "0\n");
  });

  onHost("are refused with anything by which somebody could log in", async (host) => {
    assertOk(await push(host, accountsOf([])));
    const changed = (file: string, from: string, to: string) => {
      const files = accountsOf([]);
      assert.ok(files[file]?.includes(from));
      return { ...files, [file]: (files[file] ?? "").replace(from, () => to) };
    };
    const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHw+pxRvB5028auZjN4obeD6ZThAFTtDTnsQUgVMMwgi";
    const wrong: Record<string, Record<string, string>> = {
      "a shell": changed("passwd", "/usr/sbin/nologin", "/bin/bash"),
      "a home": changed("passwd", "/nonexistent", "/home/dump"),
      "the group of those who log in": changed("group", "30000:alice,bob", "30000:alice,bob,dump"),
      "not the group that sshd turns away": changed("group", "30001:dump", "30001:"),
      "a person in that group": changed("group", "30001:dump", "30001:bob,dump"),
      "a password": changed("shadow", "dump:*", `dump:${BOB}`),
      "sudo that asks for one": { ...accountsOf([]), passwords: "dump\n" },
      "a key": { ...accountsOf([]), keys: `dump ${key}\n` },
    };
    const documents = Object.entries(wrong).map(([what, files]): [string, string] => [
      what,
      documentOf("accounts", files),
    ]);
    await assertRefused(host, { command: "apply accounts", documents, why: /nothing was changed$/m });
  });
});

const SUDO = cannot("sudo", "openssl", "setpriv", "pwck", "visudo");

describe("sudo itself", () => {
  test("runs what is named and nothing else, and asks whom it should", { skip: SUDO }, () =>
    withHost(async (host) => {
      const accounts = {
        ...accountsOf(["alice"]),
        sudoers: [
          "# Palisade",
          'alice ALL=(root) PASSWD: /usr/bin/id ""',
          "bob ALL=(root) NOPASSWD: /usr/bin/id -u",
          "bob ALL=(root) NOPASSWD: /usr/bin/printf a\\=b\\,c\\:d",
          "dump ALL=(root) NOPASSWD: /usr/bin/id -u",
          "",
        ].join("\n"),
      };
      assertOk(await push(host, accounts));
      assertOk(await setPasswords(host, `alice:${ALICE}\n`));
      // Without libnss-extrausers here, the system's own files get what it would have served.
      for (const file of ["passwd", "group", "shadow"])
        await host.sh(`cat /var/lib/extrausers/${file} >>/etc/${file}`);
      await host.sh("printf 'root ALL=(ALL:ALL) ALL\\n@includedir /etc/sudoers.d\\n' >/etc/sudoers");
      const as = (uid: number, command: string, input = "") =>
        host.run(
          ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--init-groups", ...command.split(" ")],
          input,
        );
      assert.equal((await as(10002, "sudo -n id -u")).stdout, "0\n");
      assert.equal((await as(10002, "sudo -n printf a=b,c:d")).stdout, "a=b,c:d");
      for (const command of ["id", "id -u -n", "id -g", "sh", "printf x"]) {
        assert.notEqual((await as(10002, `sudo -n ${command}`)).code, 0, command);
      }
      assert.notEqual((await as(10002, "sudo -n -u alice id -u")).code, 0, "as somebody else");
      assert.equal((await as(15001, "sudo -n id -u")).stdout, "0\n", "a service account");
      assert.match((await as(10001, "sudo -k -S id", "alice's word\n")).stdout, /^uid=0\(root\)/);
      assert.notEqual((await as(10001, "sudo -k -S id", "bob's word\n")).code, 0, "a wrong password");
      assert.notEqual((await as(10001, "sudo -k -n id")).code, 0, "no password");
      assert.match((await as(10002, "sudo -n -l")).stdout, /\(root\) NOPASSWD: \/usr\/bin\/id -u\n/);
    }),
  );
});
