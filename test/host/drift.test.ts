import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertOk } from "./support/documents";
import { confirmation, FACETS, NEW, OLD } from "./support/facets";
import { useBackend } from "./support/firewalls";
import { cannot, type HostTest, type Sandbox, withHost } from "./support/sandbox";

const skip = cannot("iptables-nft", "iptables-legacy", "ipset", "pwck", "visudo", "conntrack");
const onHost = (name: string, body: HostTest) =>
  test(name, { skip }, () =>
    withHost(async (host) => {
      for (const facet of FACETS) assertOk(await host.palisade(`apply ${facet}`, OLD[facet]));
      assertOk(await host.palisade("confirm", confirmation(OLD)));
      await body(host);
    }),
  );

/** What somebody does by hand, and what is found. */
const DRIFT: [string, string, RegExp][] = [
  [
    "a rule added",
    "iptables -I INPUT -p tcp --dport 23 -j ACCEPT",
    /^firewall\tv4: not ours: -A INPUT .*--dport 23 /m,
  ],
  [
    "a rule deleted",
    "ip6tables -D INPUT -j PALISADE-IN",
    /^firewall\tv6: missing: -A INPUT -j PALISADE-IN$/m,
  ],
  ["a table flushed", "iptables -F", /^firewall\tv4: missing: /m],
  ["a default opened", "iptables -P INPUT ACCEPT", /^firewall\tv4: not ours: :INPUT ACCEPT$/m],
  ["a chain added", "iptables -N MINE", /^firewall\tv4: not ours: :MINE -$/m],
  [
    "an address added to a set",
    "ipset add from-80.4.a 192.0.2.1",
    /^firewall\tsets: not ours: add from-80\.4\.a 192\.0\.2\.1$/m,
  ],
  ["a set emptied", "ipset flush from-80.4.a", /^firewall\tsets: missing: add from-80\.4\.a /m],
  [
    "sudo rules edited",
    "echo 'mallory ALL=(ALL:ALL) ALL' >>/etc/sudoers.d/palisade",
    /^accounts\tsudoers was changed$/m,
  ],
  [
    "sudo rules replaced",
    "rm /etc/sudoers.d/palisade; echo 'mallory ALL=(ALL:ALL) ALL' >/etc/sudoers.d/palisade",
    /^accounts\t\/etc\/sudoers\.d\/palisade does not lead to /m,
  ],
  [
    "an account added",
    "echo 'm:x:0:0::/root:/bin/sh' >>/var/lib/extrausers/passwd",
    /^accounts\tpasswd was changed$/m,
  ],
  [
    "a password set",
    "sed -i 's/^alice:[*]/alice:x/' /var/lib/extrausers/live/shadow",
    /^accounts\tshadow was changed$/m,
  ],
  [
    "a key added",
    "cp /etc/ssh/palisade_keys/alice /etc/ssh/palisade_keys/root",
    /^accounts\taccounts: not ours: \.\/keys\/root /m,
  ],
  [
    "a file made readable",
    "chmod 0644 /var/lib/extrausers/live/shadow",
    /^accounts\taccounts: not ours: \.\/shadow 644 /m,
  ],
  ["all accounts deleted", "rm -r /var/lib/extrausers", /^accounts\t/m],
  [
    "a connection's file edited",
    "echo '#' >>/etc/swanctl/conf.d/palisade.conf",
    /^ipsec\t\S+ is not as it was pushed$/m,
  ],
  ["a connection unloaded", "sed -i 1d /mnt/connections", /^ipsec\tconnection missing: peer-1$/m],
  ["a connection loaded", "echo stranger >>/mnt/connections", /^ipsec\tconnection not ours: stranger$/m],
  ["charon killed", "touch /mnt/dead-strongswan", /^ipsec\tcharon does not run$/m],
  [
    "guards flushed",
    "ip xfrm policy flush",
    /^ipsec\tguard missing: src 0\.0\.0\.0\/0 dst 198\.51\.100\.1\/32 /m,
  ],
  [
    "an association that the kernel has lost",
    "echo 'peer-1 {child-sas {all-1 {state=INSTALLED spi-in=00001234 spi-out=00004321}}}' >/mnt/sas",
    /^ipsec\tthe kernel has lost a security association: peer-1$/m,
  ],
  [
    "nsswitch.conf edited",
    "sed -i 's/ extrausers//' /etc/nsswitch.conf",
    /^host\t\S+: no extrausers for shadow$/m,
  ],
  [
    "sshd's drop-in deleted",
    "rm /etc/ssh/sshd_config.d/palisade.conf",
    /^host\t\S+palisade\.conf is not as it was put there$/m,
  ],
  [
    "charon's settings edited",
    "echo 'charon { retransmit_tries = 5 }' >/etc/strongswan.d/palisade.conf",
    /^host\t\S+strongswan\.d\/palisade\.conf is not as it was put there$/m,
  ],
  [
    "a unit disabled",
    "rm /etc/systemd/system/sysinit.target.wants/palisade-firewall.service",
    /^host\tpalisade-firewall\.service is not enabled$/m,
  ],
  [
    "the timer stopped",
    "touch /mnt/dead-palisade-drift.timer",
    /^host\tpalisade-drift\.timer does not run$/m,
  ],
];

/** All that a repair must bring back; which generation or folder is in use does not count. */
async function everything(host: Sandbox): Promise<string[]> {
  const lines = await host.everything();
  return lines
    .map((line) => line.replace(/\.[abc]\b|extrausers\/[ab]\b|^(. \d+ \S+ \S+extrausers\/live) .*/g, "$1"))
    .sort();
}

describe("drift", () => {
  onHost("is nothing on a host that is as it was pushed, and looking changes nothing", async (host) => {
    const before = await host.everything();
    for (const command of ["drift", "drift --repair"]) {
      const outcome = await host.palisade(command);
      assert.deepEqual([outcome.code, outcome.stdout, outcome.stderr], [0, "", ""]);
    }
    assert.deepEqual(await host.everything(), before);
  });

  for (const [backend, kinds] of [
    ["nft", DRIFT],
    ["legacy", DRIFT.filter(([, , found]) => found.source.startsWith("^firewall"))],
  ] as const) {
    test(`is found and repaired, one by one, with iptables-${backend}`, { skip }, () =>
      withHost(async (host) => {
        await host.sh("printf '#!/bin/sh\\n:\\n' >/usr/local/sbin/sshd; chmod +x /usr/local/sbin/sshd");
        await useBackend(host, backend);
        for (const facet of FACETS) assertOk(await host.palisade(`apply ${facet}`, OLD[facet]));
        assertOk(await host.palisade("confirm", confirmation(OLD)));
        const before = await everything(host);
        for (const [what, doIt, found] of kinds) {
          const generation = (await host.sh("cat /run/palisade/firewall.generation")).trim();
          await host.sh(doIt.replaceAll(".4.a", `.4.${generation}`));
          const looked = await host.palisade("drift");
          assert.equal(looked.code, 1, what);
          assert.match(looked.stdout.replaceAll(`.4.${generation}`, ".4.a"), found, what);
          const repaired = await host.palisade("drift --repair");
          assertOk(repaired);
          assert.match(
            repaired.stderr,
            /^palisade: drift: .*\n[^]*palisade: drift: all of it is repaired$/m,
            what,
          );
          assert.equal((await host.palisade("drift")).stdout, "", what);
          assert.deepEqual(await everything(host), before, what);
        }
      }),
    );
  }

  onHost("of what can't be repaired here is told every time", async (host) => {
    await host.sh("echo '# edited' >>/usr/local/lib/palisade/status.sh");
    for (const command of ["drift", "drift --repair"]) {
      const outcome = await host.palisade(command);
      assert.equal(outcome.code, 1);
      assert.match(outcome.stdout + outcome.stderr, /\.\/status\.sh is not as it was put there; push again/);
    }
    await host.sh("printf x >>/var/lib/palisade/accounts/confirmed");
    assert.match(
      (await host.palisade("drift")).stdout,
      /^accounts\tthe confirmed document on the disk is damaged; push it again$/m,
    );
  });

  onHost("is looked for without the lock: a push comes through meanwhile, and is no drift", async (host) => {
    const wait = "mkdir /mnt/looking 2>/dev/null && until [ -e /mnt/pushed ]; do sleep 0.05; done";
    await host.sh(`printf '#!/bin/sh\\n${wait}\\nexec /usr/bin/cmp "$@"\\n' >/usr/local/sbin/cmp`);
    await host.sh("chmod +x /usr/local/sbin/cmp");
    const looks = ["drift", "drift --repair"].map((command) => host.palisade(command));
    await host.sh("until [ -e /mnt/looking ]; do sleep 0.05; done");
    const { stderr } = await host.palisade("apply firewall", NEW.firewall);
    await host.sh("touch /mnt/pushed");
    assert.doesNotMatch(stderr, /has held this host/);
    for (const look of looks) assert.deepEqual(await look, { code: 0, stdout: "", stderr: "" });
    assertOk(await host.palisade("confirm", confirmation({ ...OLD, firewall: NEW.firewall })));
  });

  onHost(
    "is left until a push is confirmed, which would wait for the look's end and be undone",
    async (host) => {
      assertOk(await host.palisade("apply accounts", NEW.accounts));
      await host.sh("iptables -P INPUT ACCEPT");
      const look = await host.palisade("drift --repair");
      assert.deepEqual([look.code, look.stdout, look.stderr], [0, "", ""]);
      assert.match(await host.sh("iptables -S"), /^-P INPUT ACCEPT$/m);
      assertOk(await host.palisade("confirm", confirmation({ ...OLD, accounts: NEW.accounts })));
      assertOk(await host.palisade("drift --repair"));
      assert.match(await host.sh("iptables -S"), /^-P INPUT DROP$/m);
    },
  );

  onHost("a candidate is no drift; one that no timer would undo is undone", async (host) => {
    assertOk(await host.palisade("apply accounts", NEW.accounts));
    assertOk(await host.palisade("drift"));
    await host.sh("rm /mnt/revert-timer");
    assert.match(
      (await host.palisade("drift")).stdout,
      /^accounts\twhat was pushed waits to be confirmed, and no timer /m,
    );
    assertOk(await host.palisade("drift --repair"));
    assert.match(await host.sh("cat /var/lib/extrausers/passwd"), /^alice/);
  });
});
