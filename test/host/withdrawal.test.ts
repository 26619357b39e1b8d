import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { assertOk } from "./support/documents";
import { confirmationOf, goldenFirewall, useBackend } from "./support/firewalls";
import { cannot, type HostTest, type Sandbox, withHost } from "./support/sandbox";

const skip = cannot("iptables-nft", "iptables-legacy", "ipset", "conntrack", "perl");
const TALK = readFileSync(join(__dirname, "support", "talk.pl"));
/** 443 from anywhere, SSH from the failsafe. */
const WIDE = goldenFirewall("web-1");
const NARROW = WIDE.replaceAll("--dport 443", "--dport 8443");

/** Another machine, in the failsafe's networks, beside the host; and services on the host. */
async function neighbour(host: Sandbox): Promise<void> {
  await host.sh("cat >/tmp/talk.pl", TALK);
  await host.sh(
    `mkdir -p /run/netns; ip netns add there
     ip link add eth0 type veth peer name eth0 netns there
     ip addr add 203.0.113.14/28 dev eth0; ip addr add 2001:db8:ff1::14/64 dev eth0 nodad; ip link set eth0 up
     ip -n there addr add 203.0.113.1/28 dev eth0; ip -n there addr add 2001:db8:ff1::1/64 dev eth0 nodad
     ip -n there link set eth0 up
     for port in 22 443; do setsid perl /tmp/talk.pl serve $port >/dev/null 2>&1 & done
     until [ "$(ss -ltn | grep -cE ':(22|443) ')" = 2 ]; do sleep 0.1; done`,
  );
}

async function there(host: Sandbox, role: "talk" | "idle", address: string, port: number): Promise<string> {
  const file = `/tmp/${role}-${port}-${address.includes(":") ? 6 : 4}`;
  await host.sh(
    `ip netns exec there setsid perl /tmp/talk.pl ${role} ${address} ${port} ${file} >/dev/null 2>&1 &
     until [ -s ${file} ]; do sleep 0.05; done`,
  );
  return file;
}

const ADDRESSES = ["203.0.113.14", "2001:db8:ff1::14"];

async function confirm(host: Sandbox, firewall: string): Promise<void> {
  assertOk(await host.palisade("apply firewall", firewall));
  assertOk(await host.palisade("confirm", confirmationOf(firewall)));
}

const tracked = (host: Sandbox, port: number) =>
  host.sh(`for f in ipv4 ipv6; do conntrack -L -f $f -p tcp --dport ${port} 2>/dev/null || :; done`);

for (const backend of ["nft", "legacy"] as const) {
  const onHost = (name: string, body: HostTest) =>
    test(name, { skip }, () =>
      withHost(async (host) => {
        await useBackend(host, backend);
        await confirm(host, WIDE);
        await neighbour(host);
        await body(host);
      }),
    );

  describe(`connections after a push, with iptables-${backend}`, () => {
    onHost("that are allowed no more are dead, and others carry on", async (host) => {
      const [dying, silent, living] = [[], [], []] as string[][];
      for (const address of ADDRESSES) {
        dying?.push(await there(host, "talk", address, 443));
        silent?.push(await there(host, "idle", address, 443));
        living?.push(await there(host, "talk", address, 22));
      }
      await confirm(host, NARROW);
      assert.equal(await tracked(host, 443), "", "the kernel has forgotten them");
      await host.sh("pkill -USR1 -f '^perl .* serve 443'");
      await sleep(3500);
      for (const file of dying ?? []) assert.match(await host.sh(`cat ${file}`), /^silent /, file);
      for (const file of silent ?? []) assert.equal(await host.sh(`cat ${file}`), "connected\n", file);
      assert.equal(await tracked(host, 443), "", "the service's own talk brings nothing back");
      for (const file of living ?? []) {
        const [longest = NaN, unit, count = NaN] = (await host.sh(`cat ${file}`))
          .split(" ")
          .map((word, index) => (index === 1 ? word : Number(word)));
        assert.ok(
          unit === "ms" && Number(longest) < 1000 && Number(count) > 40,
          `${file}: ${longest} ${unit} ${count}`,
        );
      }
    });

    onHost("come back with the firewall that allowed them, if that is undone", async (host) => {
      const files = await Promise.all(ADDRESSES.map((address) => there(host, "talk", address, 443)));
      const silent = await Promise.all(ADDRESSES.map((address) => there(host, "idle", address, 443)));
      assertOk(await host.palisade("apply firewall", NARROW));
      await sleep(1000);
      const before = await Promise.all(files.map((file) => host.sh(`cat ${file}`)));
      assertOk(await host.palisade("revert"));
      await sleep(4000);
      for (const [index, file] of files.entries()) {
        const now = await host.sh(`cat ${file}`);
        assert.match(now, /^\d+ ms/);
        assert.notEqual(now, before[index]);
      }
      await host.sh("pkill -USR1 -f '^perl .* serve 443'");
      await sleep(500);
      for (const file of silent)
        assert.equal(await host.sh(`cat ${file}`), "pushed\n\n", "where the service speaks first");
    });

    onHost("with a server that is a peer no more are forgotten, whoever opened them", async (host) => {
      const peer = /add peers\.6 (\S+)/.exec(WIDE)?.[1] ?? "";
      const own = "2001:db8:ff1::14";
      const other = "2001:db8:ff1::1";
      const entry = (from: string, to: string, port: number) =>
        `conntrack -I -p tcp -s ${from} -d ${to} --sport 40000 --dport ${port} --state ESTABLISHED -t 600 -u SEEN_REPLY,ASSURED 2>/dev/null`;
      await host.sh([entry(own, peer, 8080), entry(own, other, 8081), entry(peer, own, 22)].join("; "));
      await confirm(host, WIDE.replaceAll(new RegExp(`^add \\S+ ${peer}\n`, "gm"), ""));
      const left = await host.sh("conntrack -L -f ipv6 2>/dev/null");
      assert.doesNotMatch(left, new RegExp(peer));
      assert.match(left, /dport=8081/);
    });
  });

  test(
    `a session from before the first firewall goes on where the host speaks first, with iptables-${backend}`,
    { skip },
    () =>
      withHost(async (host) => {
        await useBackend(host, backend);
        await neighbour(host);
        const files = await Promise.all(ADDRESSES.map((address) => there(host, "idle", address, 22)));
        assert.equal(await tracked(host, 22), "", "nothing has asked the kernel to track it");
        assertOk(await host.palisade("apply firewall", WIDE));
        await host.sh("pkill -USR1 -f '^perl .* serve 22'");
        await sleep(1000);
        for (const file of files) assert.equal(await host.sh(`cat ${file}`), "pushed\n\n", file);
      }),
  );
}
