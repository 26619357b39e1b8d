import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { assertOk } from "./support/documents";
import { confirmation, type Facets, FACETS, NEW, OLD } from "./support/facets";
import { cannot, type HostTest, type Sandbox, withHost } from "./support/sandbox";

const skip = cannot("iptables", "ip6tables", "ipset", "pwck", "visudo", "conntrack");
const onHost = (name: string, body: HostTest) => test(name, { skip }, () => withHost(body));

async function push(host: Sandbox, facets: Partial<Facets>): Promise<void> {
  for (const [facet, document] of Object.entries(facets))
    assertOk(await host.palisade(`apply ${facet}`, document));
}

async function confirmed(host: Sandbox, facets: Facets): Promise<void> {
  await push(host, facets);
  assertOk(await host.palisade("confirm", confirmation(facets)));
}

/** What logins, packets and charon meet: where files lie, and which generation of sets is used, does not count. */
async function live(host: Sandbox): Promise<string> {
  const files = await host.sh(
    `cd /; find -L etc/ssh/palisade_keys etc/sudoers.d/palisade var/lib/extrausers/[gps]* etc/swanctl/conf.d -type f -exec grep -H ^ {} + 2>/dev/null | sort`,
  );
  const kernel = (await host.kernel()).map((line) => line.replace(/\b([a-z0-9-]+\.[46])\.[abc]\b/g, "$1"));
  const empty = /^($|\*filter|COMMIT|:\w+ ACCEPT)/;
  return [files, ...kernel.filter((line) => !empty.test(line)).sort()].join("\n");
}

const STOP = "systemctl stop palisade-revert.timer";

describe("what could shut the deployer out", () => {
  onHost("waits until it is confirmed, all of it at once", async (host) => {
    await confirmed(host, OLD);
    await push(host, NEW);
    const status = (await host.palisade("status")).stdout;
    for (const facet of FACETS) assert.match(status, new RegExp(`^${facet}: waits to be confirmed$`, "m"));
    const loaded = await live(host);
    await host.calls();
    assertOk(await host.palisade("confirm", confirmation(NEW)));
    assert.deepEqual(
      (await host.calls()).filter((call) => call.startsWith("systemctl")),
      [STOP],
    );
    assertOk(await host.palisade("revert"));
    assert.equal(await live(host), loaded);
  });

  for (const facet of FACETS) {
    onHost(`is undone to what was confirmed: ${facet}`, async (host) => {
      await confirmed(host, OLD);
      const before = await live(host);
      await push(host, { [facet]: NEW[facet] });
      assert.notEqual(await live(host), before);
      await host.calls();
      assertOk(await host.palisade("revert"));
      assert.equal(await live(host), before);
      assert.ok((await host.calls()).includes(STOP));

      const late = await host.palisade("confirm", confirmation({ ...OLD, [facet]: NEW[facet] }));
      assert.equal(late.code, 1);
      assert.match(late.stderr, new RegExp(`^palisade: ${facet}: what was pushed was not confirmed`, "m"));
      assertOk(await host.palisade("confirm", confirmation(OLD)));
    });

    onHost(`is undone to what there was before the first push: ${facet}`, async (host) => {
      const before = await live(host);
      await push(host, { [facet]: NEW[facet] });
      assertOk(await host.palisade("revert"));
      assert.equal(await live(host), before);
    });

    onHost(`that a reboot caught is undone before the network is up: ${facet}`, async (host) => {
      await confirmed(host, OLD);
      const before = await live(host);
      await push(host, { [facet]: NEW[facet] });
      await host.sh(
        `for program in iptables ip6tables; do
           $program -P INPUT ACCEPT; $program -P FORWARD ACCEPT; $program -F; $program -X
         done
         ipset destroy; ip xfrm policy flush; rm -rf /run/palisade; : >/mnt/calls`,
      );
      const boot = await host.palisade("boot");
      assertOk(boot);
      assert.match(
        boot.stderr,
        new RegExp(`^palisade: ${facet}: .*before the host went down, and is undone$`, "m"),
      );
      assert.equal(await live(host), before);
      assert.deepEqual(await host.calls(), [], "neither charon nor the timer is there yet");
    });
  }

  onHost("is undone by the timer only when its time is over", async (host) => {
    await confirmed(host, OLD);
    await push(host, { accounts: NEW.accounts });
    const loaded = await live(host);
    assertOk(await host.palisade("revert when-due"));
    assert.equal(await live(host), loaded, "another push armed the timer again");
    await host.sh("read -r at </run/palisade/loaded; echo $((at - 2500)) >/run/palisade/loaded");
    assertOk(await host.palisade("revert when-due"));
    assert.notEqual(await live(host), loaded);
  });
});

describe("an SSH connection", () => {
  onHost("that is new confirms what waits, whatever it comes for", async (host) => {
    await confirmed(host, OLD);
    await push(host, { accounts: NEW.accounts, firewall: NEW.firewall });
    await sleep(20);
    const refused = await host.overSsh("apply certificate", "nonsense\n");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /accounts: confirmed, as a new SSH connection came through/);
    assert.match(refused.stderr, /firewall: confirmed, as a new SSH connection came through/);
    assertOk(await host.palisade("revert"));
    assertOk(await host.palisade("confirm", confirmation({ ...NEW, ipsec: OLD.ipsec })));
  });

  onHost("that is older than what was loaded proves nothing", async (host) => {
    await confirmed(host, OLD);
    // It comes while another push is under way, and waits behind that.
    const lines = confirmation({ ...OLD, accounts: NEW.accounts });
    for (const command of [
      ["confirm", lines],
      ["apply ipsec", OLD.ipsec],
    ] as const) {
      await host.sh("mkfifo /tmp/pipe");
      const early = host.sh(`cat /tmp/pipe | /mnt/sshd ${command[0]} 2>&1 || echo failed`);
      await sleep(100);
      await push(host, { accounts: NEW.accounts });
      await host.sh("cat >/tmp/pipe; rm /tmp/pipe", command[1]);
      const told = await early;
      assert.doesNotMatch(told, /accounts: confirmed/);
      if (command[0] === "confirm") assert.match(told, /this SSH connection is older .*\nfailed\n$/);
      assertOk(await host.palisade("revert"));
      assertOk(await host.palisade("confirm", confirmation(OLD)));
    }
  });

  onHost("proves nothing of a push that was cut off", async (host) => {
    await confirmed(host, OLD);
    await push(host, { accounts: NEW.accounts });
    await host.sh(
      `printf '#!/bin/sh\\nkill -KILL $PPID\\n' >/usr/local/sbin/ipset; chmod +x /usr/local/sbin/ipset`,
    );
    assert.notEqual((await host.palisade("apply firewall", NEW.firewall)).code, 0);
    await host.sh("rm /usr/local/sbin/ipset");
    const outcome = await host.overSsh("confirm", confirmation({ ...OLD, accounts: NEW.accounts }));
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, /older than what was loaded, or a push was cut off/);
    assertOk(await host.palisade("revert when-due"));
    assertOk(await host.overSsh("confirm", confirmation(OLD)));
  });
});
