import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertOk, assertRefused, documentOf } from "./support/documents";
import {
  CANDIDATE,
  confirmationOf,
  firewallFiles,
  firewallOf,
  loaded,
  useBackend,
} from "./support/firewalls";
import { cannot, type HostTest, type Sandbox, withHost } from "./support/sandbox";

const skip = cannot("iptables-nft", "iptables-legacy", "ip6tables-nft", "ip6tables-legacy", "ipset");
const [A, B] = [firewallOf(80), firewallOf(443)];
const FILES = firewallFiles(22);
const TIMER = /^systemctl restart palisade-revert\.timer/;
const STOPPED = "systemctl stop palisade-revert.timer";
type FileName = keyof typeof FILES;

function changed(file: FileName, from: string, to: string): string {
  assert.ok(FILES[file].includes(from), `${file} has ${from}`);
  return documentOf("firewall", { ...FILES, [file]: FILES[file].replace(from, () => to) });
}

/** What the tools refuse, or would do without a word. */
const REFUSED: Record<string, string> = {
  "a target that is none, v4": changed("rules.v4", "-j ACCEPT", "-j NOTHING"),
  "a target that is none, v6": changed("rules.v6", "-j ACCEPT", "-j NOTHING"),
  "an option that is none": changed("rules.v6", "-i lo", "--lo"),
  "a set that is not there": changed("rules.v4", "from-22.4", "from-23.4"),
  "no COMMIT, v4": changed("rules.v4", "COMMIT\n", ""),
  "no COMMIT, v6": changed("rules.v6", "COMMIT\n", ""),
  "no rules, v4": documentOf("firewall", { ...FILES, "rules.v4": "" }),
  "no rules, v6": documentOf("firewall", { ...FILES, "rules.v6": "" }),
  "another table": changed("rules.v4", "*filter", "*nat\nCOMMIT\n*filter"),
  "a command in a rule": changed("rules.v4", "-i lo", "-i $(touch /tmp/owned);"),
  "a line of 10 kB": changed("rules.v4", '"loop back"', `"${"x".repeat(10_000)}"`),
  "an address that is none": changed("ipset", "198.51.100.0/27", "198.51.100.999"),
  "a set of another kind": changed("ipset", "hash:net", "hash:none"),
  "a set twice": changed("ipset", "create from-22.6 hash:net family inet6", "create from-22.4 hash:net"),
  "a set's name that is too long": changed("ipset", "create from-22.6", `create ${"x".repeat(40)}.6`),
  "sets emptied": changed("ipset", "create from-22.6", "flush\ncreate from-22.6"),
  "sets destroyed": changed("ipset", "create from-22.6", "destroy\ncreate from-22.6"),
  "sets swapped": changed("ipset", "create from-22.6", "swap from-80.4.a from-22.4.b\ncreate from-22.6"),
  "a set without a family": changed("ipset", "create from-22.6", "create from-22"),
};

/** What only the kernel sees when all is committed: a loop of chains. */
const LOOPS = [4, 6].map((family): [string, string] => {
  const file: FileName = family === 4 ? "rules.v4" : "rules.v6";
  return [`a loop of chains, v${family}`, changed(file, "-j ACCEPT", "-j PALISADE-IN")];
});

async function confirm(host: Sandbox, document: string): Promise<void> {
  assertOk(await host.palisade("apply firewall", document));
  assertOk(await host.palisade("confirm", confirmationOf(document)));
}

for (const backend of ["nft", "legacy"] as const) {
  const onHost = (name: string, body: HostTest) =>
    test(name, { skip }, () =>
      withHost(async (host) => {
        await useBackend(host, backend);
        await body(host);
      }),
    );
  const command = "apply firewall";
  const why = /nothing was changed$|those that were there are back$/m;
  const states: [string, HostTest][] = [
    [
      "where the first one was undone",
      async (host) => {
        assertOk(await host.palisade("apply firewall", A));
        assertOk(await host.palisade("revert"));
      },
    ],
    ["beside a confirmed one", (host) => confirm(host, A)],
    [
      "beside one that waits",
      async (host) => {
        await confirm(host, A);
        assertOk(await host.palisade("apply firewall", B));
      },
    ],
  ];

  describe(`a wrong firewall changes nothing, with iptables-${backend}`, () => {
    for (const [state, prepare] of states) {
      onHost(state, async (host) => {
        await prepare(host);
        await assertRefused(host, { command, documents: Object.entries(REFUSED), why });
        assert.equal(await host.sh("ls /tmp"), "");
      });
    }

    onHost("not even when the kernel finds out last", async (host) => {
      await confirm(host, A);
      await assertRefused(host, { command, documents: LOOPS, why });
      assertOk(await host.palisade("apply firewall", B));
      await assertRefused(host, { command, documents: LOOPS, why });
      assert.match((await host.calls()).pop() ?? "", TIMER, "the one that waits has a timer");
    });

    onHost("and has no timer", async (host) => {
      await confirm(host, A);
      for (const [what, document] of [...Object.entries(REFUSED), ...LOOPS]) {
        await host.calls();
        await host.palisade(command, document);
        assert.equal((await host.calls()).pop() ?? STOPPED, STOPPED, what);
      }
    });

    onHost("a push that is killed between the families is undone by its timer", async (host) => {
      const [one, other] = [80, 443].map((port) => documentOf("firewall", firewallFiles(port, "same")));
      assert.ok(one !== undefined && other !== undefined);
      await confirm(host, one);
      const before = await loaded(host);
      await host.sh(
        `rm /usr/local/sbin/ip6tables-restore
         { echo '#!/bin/sh'; echo 'case $* in *--test*) exec ip6tables-${backend}-restore "$@" ;; esac'
           echo 'kill -KILL $PPID'; } >/usr/local/sbin/ip6tables-restore
         chmod +x /usr/local/sbin/ip6tables-restore`,
      );
      const outcome = await host.palisade("apply firewall", other);
      assert.notEqual(outcome.code, 0);
      assert.match((await host.calls()).pop() ?? "", TIMER);
      assert.notDeepEqual(await loaded(host), before);
      await useBackend(host, backend);
      assertOk(await host.palisade("revert"));
      assert.deepEqual(await loaded(host), before);
      await confirm(host, other);
      await confirm(host, one);
      assert.deepEqual(await loaded(host), before);
    });
  });
}

describe("a firewall", () => {
  const onHost = (name: string, body: HostTest) => test(name, { skip }, () => withHost(body));

  onHost("is not loaded when systemd starts no timer", async (host) => {
    await confirm(host, A);
    const before = await loaded(host);
    await host.sh("touch /mnt/systemctl.fails");
    for (const waiting of [false, true]) {
      if (waiting) {
        await host.sh("rm /mnt/systemctl.fails");
        assertOk(await host.palisade("apply firewall", firewallOf(8080)));
        await host.sh("touch /mnt/systemctl.fails");
      }
      const outcome = await host.palisade("apply firewall", B);
      assert.equal(outcome.code, 1);
      assert.match(outcome.stderr, /systemd started no timer/);
      assert.deepEqual(await loaded(host), before);
      assert.equal((await host.run(["test", "-e", CANDIDATE])).code, 1);
    }
  });

  onHost("goes to the iptables that the kernel has", async (host) => {
    await host.sh(
      `for program in iptables ip6tables; do
         printf '#!/bin/sh\\nexit 4\\n' >/usr/local/sbin/$program; chmod +x /usr/local/sbin/$program
       done`,
    );
    await confirm(host, A);
    assert.match(await host.sh("iptables-legacy -S INPUT"), /-P INPUT DROP/);
    assert.doesNotMatch(await host.sh("iptables-nft -S INPUT"), /-P INPUT DROP/);
  });

  onHost("is refused, with a word, where no iptables works", async (host) => {
    await host.sh(
      `for program in iptables ip6tables; do for backend in '' -nft -legacy; do
         printf '#!/bin/sh\\nexit 4\\n' >/usr/local/sbin/$program$backend; chmod +x /usr/local/sbin/$program$backend
       done; done`,
    );
    await assertRefused(host, {
      command: "apply firewall",
      documents: [["any", A]],
      why: /neither iptables-nft/,
    });
    assert.deepEqual(await host.calls(), []);
  });

  onHost("does not take a probe's chain that was left behind for another iptables", async (host) => {
    await host.sh("iptables -N PALISADE-PROBE; ip6tables -N PALISADE-PROBE");
    await confirm(host, A);
    assert.match(await host.sh("iptables -S INPUT"), /-P INPUT DROP/);
  });
});
