import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { moveScript, prepareScript } from "../../components/host-scripts";
import { assertOk, assertRefused, documentOf } from "./support/documents";
import { cannot, type HostTest, type Sandbox, withHost } from "./support/sandbox";

const skip = cannot("ssh-keygen");
const onHost = (name: string, body: HostTest) => test(name, { skip }, () => withHost(body));
const command = "apply access";
const KEYS = "/root/.ssh/authorized_keys";
const HOST_KEY = "/etc/ssh/ssh_host_ed25519_key";

/** The deployer's two keys, the host's two, and somebody else's who may log in as root. */
interface Keys {
  old: string;
  new: string;
  other: string;
  oldHost: string;
  newHost: string;
}

/** A host as the old secret made it, with an sshd that finds its configuration right. */
async function makeHost(host: Sandbox): Promise<Keys> {
  await host.sh(
    `mkdir -p /tmp/keys /root/.ssh
     for name in old new other oldHost newHost; do ssh-keygen -q -t ed25519 -N "" -C "$name" -f "/tmp/keys/$name"; done
     printf '#!/bin/sh\necho "sshd $*" >>/mnt/calls\n[ ! -e /mnt/sshd.fails ]\n' >/usr/local/sbin/sshd
     chmod 0755 /usr/local/sbin/sshd
     rm -f /etc/ssh/ssh_host_*
     cp /tmp/keys/oldHost ${HOST_KEY}; cp /tmp/keys/oldHost.pub ${HOST_KEY}.pub
     cat /tmp/keys/other.pub /tmp/keys/old.pub >${KEYS}; chmod 0640 ${KEYS}`,
  );
  const read = (name: string) => host.sh(`cat /tmp/keys/${name}`);
  return {
    old: await read("old.pub"),
    new: await read("new.pub"),
    other: await read("other.pub"),
    oldHost: await read("oldHost"),
    newHost: await read("newHost"),
  };
}

const documentFor = (keys: Keys, files: Record<string, string> = {}): string =>
  documentOf("access", {
    ...{ login: "root\n", deployer: keys.new, retired: keys.old, "host-key": keys.newHost },
    ...files,
  });

const letIn = async (host: Sandbox) =>
  (await host.sh(`cat ${KEYS}`))
    .trim()
    .split("\n")
    .map((line) => line.split(" ")[2]);

/** Over a new connection: a host counts time in hundredths of a second. */
async function arrive(host: Sandbox): Promise<void> {
  await sleep(50);
  assertOk(await host.overSsh("arrive"));
}

describe("the deployer's way in", () => {
  onHost(
    "is moved to the new keys, and the old one goes when a new connection comes through",
    async (host) => {
      const keys = await makeHost(host);
      const before = await host.sh(`stat -c '%a %U' ${KEYS}`);
      assertOk(await host.palisade(command, documentFor(keys)));
      assert.deepEqual(await letIn(host), ["other", "old", "new"]);
      assert.equal(await host.sh(`cat ${HOST_KEY}`), keys.newHost);
      assert.equal(await host.sh(`stat -c %a ${HOST_KEY}`), "600\n");
      assert.equal(
        await host.sh(`ssh-keygen -y -f ${HOST_KEY}; cut -d ' ' -f 1,2 ${HOST_KEY}.pub`),
        await host.sh("cat /tmp/keys/newHost.pub; cut -d ' ' -f 1,2 /tmp/keys/newHost.pub"),
      );
      assert.ok((await host.calls()).includes("systemctl reload ssh"));
      assert.match((await host.palisade("status")).stdout, /^access: waits to be confirmed$/m);

      assertOk(await host.palisade("arrive"));
      assert.deepEqual(
        await letIn(host),
        ["other", "old", "new"],
        "what is no new connection proves nothing",
      );
      await arrive(host);
      assert.deepEqual(await letIn(host), ["other", "new"]);
      assert.equal(await host.sh(`stat -c '%a %U' ${KEYS}`), before);
      assert.equal(
        await host.sh("ls /var/lib/palisade/access | grep -v '^[0-9a-f]*$'"),
        "confirmed\n",
        "nothing old is kept",
      );
      assert.equal((await host.palisade("drift")).stdout.includes("access"), false);
    },
  );

  onHost("is as before where nobody comes over a new connection, and can be moved again", async (host) => {
    const keys = await makeHost(host);
    for (let time = 0; time < 2; time += 1) {
      assertOk(await host.palisade(command, documentFor(keys)));
      assertOk(await host.palisade("revert"));
      assert.equal(await host.sh(`cat ${HOST_KEY}`), keys.oldHost);
      assert.ok((await letIn(host)).includes("old"));
      assert.ok((await host.calls()).includes("systemctl reload ssh"));
    }
    assertOk(await host.palisade(command, documentFor(keys)));
    assertOk(await host.palisade("boot"));
    assert.equal(await host.sh(`cat ${HOST_KEY}`), keys.oldHost, "and after a reboot");
  });

  onHost("is not confirmed by who pushes it again, as the retired key let them in", async (host) => {
    const keys = await makeHost(host);
    assertOk(await host.overSsh(command, documentFor(keys)));
    await sleep(50);
    assertOk(await host.overSsh(command, documentFor(keys)));
    assert.deepEqual(await letIn(host), ["other", "old", "new"]);
    assertOk(await host.overSsh("apply access", documentFor(keys, { "host-key": "" })));
    assert.deepEqual(await letIn(host), ["other", "old", "new"]);
  });

  onHost(
    "is put right when it is changed by hand, and goes back by an exchange the other way",
    async (host) => {
      const keys = await makeHost(host);
      assertOk(await host.palisade(command, documentFor(keys)));
      await arrive(host);
      await host.sh(`cp /tmp/keys/oldHost ${HOST_KEY}; sed -i '/new$/d' ${KEYS}`);
      assert.equal(
        (await host.palisade("drift")).stdout.split("\n").filter((line) => line.startsWith("access")).length,
        2,
      );
      await host.palisade("drift --repair");
      assert.equal(await host.sh(`cat ${HOST_KEY}`), keys.newHost);
      assert.deepEqual(await letIn(host), ["other", "new"]);

      const back = { deployer: keys.old, retired: keys.new, "host-key": keys.oldHost };
      assertOk(await host.palisade(command, documentFor(keys, back)));
      await arrive(host);
      assert.deepEqual(await letIn(host), ["other", "old"]);
      assert.equal(await host.sh(`cat ${HOST_KEY}`), keys.oldHost);
    },
  );

  onHost("of an existing host keeps the host's own key, and a login other than root", async (host) => {
    const keys = await makeHost(host);
    await host.sh(
      `echo 'deploy:x:990:990::/home/deploy:/bin/sh' >>/etc/passwd
       mkdir -p /home/deploy/.ssh; printf %s "$(cat /tmp/keys/old.pub)" >/home/deploy/.ssh/authorized_keys
       chown -R 990:990 /home/deploy`,
    );
    assertOk(await host.palisade(command, documentFor(keys, { login: "deploy\n", "host-key": "" })));
    await arrive(host);
    assert.equal(await host.sh("cat /home/deploy/.ssh/authorized_keys"), keys.new);
    assert.equal(await host.sh("stat -c %u /home/deploy/.ssh/authorized_keys"), "990\n");
    assert.equal(await host.sh(`cat ${HOST_KEY}`), keys.oldHost);
    assert.deepEqual(await letIn(host), ["other", "old"], "root's are not touched");
  });

  onHost("that is wrong is refused", async (host) => {
    const keys = await makeHost(host);
    const documents: [string, string][] = [
      ["a login that is none", documentFor(keys, { login: "nobody-here\n" })],
      ["no login", documentFor(keys, { login: "" })],
      ["no key of the deployer", documentFor(keys, { deployer: "" })],
      ["two keys of the deployer", documentFor(keys, { deployer: keys.new + keys.other })],
      ["something else for a key", documentFor(keys, { retired: "ssh-ed25519 AAAA\n" })],
      ["a public key for the host's", documentFor(keys, { "host-key": keys.new })],
    ];
    await assertRefused(host, { command, documents, why: /nothing was changed$/m });
    await host.sh("touch /mnt/sshd.fails");
    await assertRefused(host, {
      command,
      documents: [["what sshd refuses", documentFor(keys)]],
      why: /sshd refused the host's key .*what was there is back/,
    });
  });

  test("comes with the script that prepares a host, which is one that can't be cut", () => {
    const prepare = prepareScript("web-1.dev.palisade");
    const script = moveScript(prepare, "# palisade access\n#=== end\n");
    assert.match(
      script,
      /\napply|palisade-host apply access <<'#=== end of file'\n# palisade access\n#=== end\n#=== end of file\nexit\n\}\n$/,
    );
    assert.equal(script.replace(/^moving=yes\n/, "").startsWith("{\n"), true);
    assert.throws(() => moveScript(prepare, "#=== end of file\n"));
  });
});
