import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertOk } from "./support/documents";
import {
  CANDIDATE,
  CONFIRMED,
  confirmationOf,
  firewallOf,
  goldenFirewall,
  loaded,
  REVERTED,
  sets,
  useBackend,
} from "./support/firewalls";
import { cannot, type HostTest, type Sandbox, withHost } from "./support/sandbox";

const skip = cannot("iptables-nft", "iptables-legacy", "ip6tables-nft", "ip6tables-legacy", "ipset");
const [A, B, C] = [firewallOf(80), firewallOf(443), firewallOf(8080)];

async function apply(host: Sandbox, document: string): Promise<void> {
  assertOk(await host.palisade("apply firewall", document));
}

async function confirm(host: Sandbox, document: string): Promise<void> {
  await apply(host, document);
  assertOk(await host.palisade("confirm", confirmationOf(document)));
}

async function exists(host: Sandbox, path: string): Promise<boolean> {
  return (await host.run(["test", "-e", path])).code === 0;
}

/** As after a reboot: the kernel is empty and so is /run. */
async function reboot(host: Sandbox): Promise<void> {
  await host.sh(
    `for program in iptables ip6tables; do
       $program -P INPUT ACCEPT; $program -P FORWARD ACCEPT; $program -F; $program -X
     done
     ipset destroy; rm -rf /run/palisade`,
  );
  assertOk(await host.palisade("boot"));
}

for (const backend of ["nft", "legacy"] as const) {
  const onHost = (name: string, body: HostTest) =>
    test(name, { skip }, () =>
      withHost(async (host) => {
        await useBackend(host, backend);
        await body(host);
      }),
    );

  describe(`a firewall, with iptables-${backend}`, () => {
    onHost("is a candidate until it is confirmed, and a timer was there before it", async (host) => {
      await apply(host, A);
      assert.deepEqual(await host.calls(), [
        "systemctl restart palisade-revert.timer # -P INPUT ACCEPT",
        "systemctl restart palisade-revert.timer # -P INPUT DROP",
      ]);
      assert.equal(await host.sh(`cat ${CANDIDATE}`), A);
      assert.match((await host.palisade("status")).stdout, /^firewall: waits to be confirmed$/m);

      const before = await host.everything();
      await host.calls();
      const right = confirmationOf(A);
      for (const wrong of [
        ...[
          "",
          "\n",
          right.slice(9),
          `${right.trim()}0\n`,
          `${right}${right}`,
          "firewall\n",
          "$(id)",
          "x".repeat(10_000),
        ],
        ...[
          "\0",
          `${right}x`,
          right.replace("firewall", "nothing"),
          right.replace("firewall", "../x"),
          confirmationOf(B),
        ],
      ]) {
        const outcome = await host.palisade("confirm", wrong);
        assert.equal(outcome.code, 1, JSON.stringify(wrong));
        assert.match(
          outcome.stderr,
          /^palisade: .*(is not what is loaded|no facets with their SHA-256 digests came)/m,
        );
      }
      assert.deepEqual(await host.everything(), before);
      assert.deepEqual(await host.calls(), []);

      assertOk(await host.palisade("confirm", confirmationOf(A)));
      assert.deepEqual(await host.calls(), ["systemctl stop palisade-revert.timer"]);
      assert.equal(await host.sh(`cat ${CONFIRMED}`), A);
      assert.equal(await exists(host, CANDIDATE), false);
      assert.match(
        (await host.palisade("status")).stdout,
        /^firewall: palisade firewall for web-1 \(dev\), confirmed$/m,
      );
      assert.match(
        (await host.palisade("confirm", confirmationOf(A))).stderr,
        /all that was pushed is confirmed/,
      );
    });

    onHost("that is undone gives way to the last confirmed one", async (host) => {
      await confirm(host, A);
      const before = await loaded(host);
      await apply(host, B);
      assert.notDeepEqual(await loaded(host), before);
      assertOk(await host.palisade("revert"));
      assert.deepEqual(await loaded(host), before);
      assert.equal(await host.sh(`cat ${CONFIRMED} ${REVERTED}`), A + B);
      assert.match((await host.palisade("status")).stdout, /the last push was not confirmed and was undone/);

      const late = await host.palisade("confirm", confirmationOf(B));
      assert.equal(late.code, 1);
      assert.match(late.stderr, /not confirmed within 25 s, and was undone/);
      await confirm(host, B);
      assert.equal(await exists(host, REVERTED), false);
    });

    onHost("that was never confirmed gives way to what was there before the first push", async (host) => {
      await host.sh(
        `ipset create foreign.a hash:net; ipset create other hash:net family inet6
         iptables -P FORWARD DROP
         iptables -A INPUT -p tcp --dport 22 -m set --match-set foreign.a src -j ACCEPT
         ip6tables -N theirs; ip6tables -A INPUT -m set --match-set other src -j theirs`,
      );
      const before = await host.kernel();
      await apply(host, A);
      await apply(host, B);
      assertOk(await host.palisade("revert"));
      assert.deepEqual(await host.kernel(), before);
      assert.match((await host.palisade("status")).stdout, /no firewall is loaded/);
      assertOk(await host.palisade("revert"));
      assert.deepEqual(await host.kernel(), before);

      await host.sh("iptables -P FORWARD ACCEPT; ip6tables -F");
      const changed = await host.kernel();
      await apply(host, A);
      assertOk(await host.palisade("revert"));
      assert.deepEqual(
        await host.kernel(),
        changed,
        "what was there before the push, not before the first ever",
      );
    });

    onHost("on a host that had none: undone, everything is open again", async (host) => {
      await apply(host, A);
      assertOk(await host.palisade("revert"));
      for (const program of ["iptables", "ip6tables"])
        assert.equal(
          await host.sh(`${program} -S`),
          "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n",
        );
      assert.deepEqual(await sets(host), []);
    });

    onHost("that is confirmed already is not loaded again", async (host) => {
      await confirm(host, A);
      const before = await host.everything();
      await host.calls();
      const outcome = await host.palisade("apply firewall", A);
      assertOk(outcome);
      assert.match(outcome.stderr, /already as it should be/);
      assert.deepEqual(await host.everything(), before);
      assert.deepEqual(await host.calls(), []);
      assertOk(await host.palisade("confirm", confirmationOf(A)));
    });

    onHost("that is confirmed already comes back when another one waits", async (host) => {
      await confirm(host, A);
      const before = await loaded(host);
      await apply(host, B);
      await host.calls();
      await apply(host, A);
      assert.deepEqual(await loaded(host), before);
      assert.deepEqual(await host.calls(), ["systemctl stop palisade-revert.timer"]);
      assertOk(await host.palisade("confirm", confirmationOf(A)));
      assert.equal((await host.palisade("confirm", confirmationOf(B))).code, 1);
    });

    onHost("leaves no set of the ones before it", async (host) => {
      for (const [document, port, generation] of [
        [A, 80, "a"],
        [B, 443, "b"],
        [C, 8080, "a"],
        [A, 80, "b"],
      ] as const) {
        await confirm(host, document);
        const names = [`from-${port}.4.${generation}`, `from-${port}.6.${generation}`];
        assert.deepEqual((await sets(host)).sort(), names);
      }
      await apply(host, B);
      await apply(host, C);
      assertOk(await host.palisade("revert"));
      assert.deepEqual((await sets(host)).sort(), ["from-80.4.a", "from-80.6.a"]);
    });

    onHost("loads at boot; one that the reboot caught unconfirmed is dropped", async (host) => {
      await reboot(host);
      assert.deepEqual(await sets(host), []);
      await confirm(host, A);
      const before = await loaded(host);
      await reboot(host);
      assert.deepEqual(await loaded(host), before);
      await apply(host, B);
      await reboot(host);
      assert.deepEqual(await loaded(host), before);
      assert.equal(await exists(host, CANDIDATE), false);
      assert.equal(await host.sh(`cat ${REVERTED}`), B);
      assert.match((await host.palisade("confirm", confirmationOf(B))).stderr, /was undone/);
      assertOk(await host.palisade("boot"));
      assert.deepEqual(await loaded(host), before);
    });

    onHost("that the compiler wrote loads, and one follows the other", async (host) => {
      for (const name of ["web-1", "old-1", "bastion-1"]) {
        await confirm(host, goldenFirewall(name));
        assert.match(
          await host.sh("iptables -S INPUT; ip6tables -S INPUT"),
          /^-P INPUT DROP\n[^]*-P INPUT DROP/,
        );
      }
    });
  });
}
