import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertOk } from "./support/documents";
import { confirmation, FACETS, NEW, OLD } from "./support/facets";
import { confirmationOf, goldenFirewall, loaded, useBackend } from "./support/firewalls";
import { cannot, type HostTest, type Outcome, type Sandbox, withHost } from "./support/sandbox";

const skip = cannot(
  "iptables-nft",
  "iptables-legacy",
  "ip6tables-nft",
  "ip6tables-legacy",
  "ipset",
  "conntrack",
);
const FIRST = goldenFirewall("web-1");
const SECOND = FIRST.replace("--dport 443", "--dport 8443");

async function confirm(host: Sandbox, firewall: string): Promise<void> {
  assertOk(await host.palisade("apply firewall", firewall));
  assertOk(await host.palisade("confirm", confirmationOf(firewall)));
}

/** The kernel is empty, and so is /run. */
async function reboot(host: Sandbox): Promise<Outcome> {
  await host.sh(
    `for program in iptables ip6tables; do
       for chain in INPUT FORWARD OUTPUT; do $program -P $chain ACCEPT; done; $program -F; $program -X
     done
     ipset destroy; ip xfrm policy flush; rm -rf /run/palisade`,
  );
  return host.palisade("boot");
}

const damage = (host: Sandbox, file: string) =>
  host.sh(`printf x | dd of=${file} bs=1 seek=20 conv=notrunc 2>&1`);
const FIREWALL = "/var/lib/palisade/firewall";
const FAILSAFE = "/etc/palisade/failsafe";

/** Everything that comes in, by the rules of one family. */
async function admitted(host: Sandbox, program: "iptables" | "ip6tables"): Promise<string[]> {
  const lines = (await host.sh(`${program} -S`)).trim().split("\n");
  return lines.filter((line) => /^-P INPUT|-j ACCEPT$/.test(line) && !/ctdir REPLY|-i lo|icmp/.test(line));
}

for (const backend of ["nft", "legacy"] as const) {
  const onHost = (name: string, body: HostTest) =>
    test(name, { skip }, () =>
      withHost(async (host) => {
        await useBackend(host, backend);
        await confirm(host, FIRST);
        await confirm(host, SECOND);
        await body(host);
      }),
    );

  describe(`a boot with damaged files, with iptables-${backend}`, () => {
    onHost("takes the last good firewall where the confirmed one is damaged, and says so", async (host) => {
      await damage(host, `${FIREWALL}/confirmed`);
      const boot = await reboot(host);
      assertOk(boot);
      assert.match(
        boot.stderr,
        /firewall: the confirmed document on the disk is damaged\n.*the last-good one is in use/,
      );
      const rules = (await loaded(host)).join("\n");
      assert.match(rules, /--dport 443 /);
      assert.doesNotMatch(rules, /--dport 8443 /);
      assert.match(
        (await host.palisade("status")).stdout,
        /firewall: the confirmed document on the disk is damaged/,
      );
      await confirm(host, SECOND);
      assertOk(await reboot(host));
      assert.match((await loaded(host)).join("\n"), /--dport 8443 /);
    });

    onHost("denies all but the failsafe where both are damaged", async (host) => {
      await damage(host, `${FIREWALL}/confirmed`);
      await damage(host, `${FIREWALL}/last-good`);
      const boot = await reboot(host);
      assertOk(boot);
      assert.match(
        boot.stderr,
        /the last-good document on the disk is damaged\n.*closed but for the failsafe's SSH/,
      );
      assert.deepEqual(await admitted(host, "iptables"), [
        "-P INPUT DROP",
        "-A INPUT -s 203.0.113.0/28 -p tcp -m tcp --dport 22 -j ACCEPT",
      ]);
      assert.deepEqual(await admitted(host, "ip6tables"), [
        "-P INPUT DROP",
        "-A INPUT -s 2001:db8:ff1::/64 -p tcp -m tcp --dport 22 -j ACCEPT",
      ]);
      await confirm(host, FIRST);
      assertOk(await reboot(host));
      assert.match((await loaded(host)).join("\n"), /--dport 443 /);
    });

    onHost("denies all where the failsafe is damaged as well", async (host) => {
      for (const file of [`${FIREWALL}/confirmed`, `${FIREWALL}/last-good`, FAILSAFE])
        await damage(host, file);
      const boot = await reboot(host);
      assert.match(boot.stderr, /failsafe's networks on the disk are damaged too/);
      for (const program of ["iptables", "ip6tables"] as const)
        assert.deepEqual(await admitted(host, program), ["-P INPUT DROP"]);
    });

    onHost("denies all but the failsafe where every document is gone", async (host) => {
      await host.sh("rm -r /var/lib/palisade");
      assert.match((await reboot(host)).stderr, /no document of it is left on the disk/);
      assert.equal((await admitted(host, "iptables")).length, 2);
    });

    onHost("takes the last good one where the kernel refuses the confirmed one", async (host) => {
      const file = (await host.sh(`readlink -f ${FIREWALL}/confirmed`)).trim();
      // Whole, and not what this kernel takes: as after a downgrade.
      await host.sh(`sed -i 's/-j ACCEPT/-j NOTHING/' ${file}
        sum=$(sha256sum <${file} | cut -d ' ' -f 1); mv ${file} ${FIREWALL}/$sum; ln -sfn $sum ${FIREWALL}/confirmed`);
      const boot = await reboot(host);
      assertOk(boot);
      assert.match(boot.stderr, /the confirmed document does not load/);
      assert.match((await loaded(host)).join("\n"), /--dport 443 /);
    });
  });
}

describe("a boot", () => {
  const onHost = (name: string, body: HostTest) => test(name, { skip }, () => withHost(body));

  onHost("puts back the connections' file, whichever was damaged, and guards the peers", async (host) => {
    for (const facets of [OLD, NEW]) {
      for (const facet of FACETS) assertOk(await host.palisade(`apply ${facet}`, facets[facet]));
      assertOk(await host.palisade("confirm", confirmation(facets)));
    }
    const before = await host.files();
    await host.sh("rm /etc/swanctl/conf.d/palisade.conf");
    assertOk(await reboot(host));
    assert.deepEqual(await host.files(), before);
    assert.match(await host.sh("ip xfrm policy"), /dst 198\.51\.100\.2\/32 \n\tdir out action block/);

    await damage(host, "/var/lib/palisade/ipsec/confirmed");
    const boot = await reboot(host);
    assertOk(boot);
    assert.match(boot.stderr, /ipsec: the last-good one is in use/);
    assert.match(await host.sh("ip xfrm policy"), /dst 198\.51\.100\.1\/32 \n\tdir out action block/);
    await damage(host, "/var/lib/palisade/ipsec/last-good");
    assert.match((await reboot(host)).stderr, /ipsec: left as it is on the disk/);
  });

  onHost("of a host that was never pushed to changes nothing", async (host) => {
    const before = await host.everything();
    assertOk(await host.palisade("boot"));
    assert.deepEqual(await host.everything(), before);
  });
});
