import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { difference, groupBy } from "lodash";
import type { LabHost } from "../lab-host";
import { undisturbed, type Fault } from "./fault";
import { now, until } from "./traffic";
import type { World } from "./world";

/** Something that is changed by hand on a host. */
interface Change {
  name: string;
  host: string;
  /** Makes it. */
  change: string;
  /** Succeeds where it is as it was pushed. */
  right: string;
}

const LOOK_EVERY = 180;
/** A look for drift every 3 minutes, and what it takes. */
const WITHIN = LOOK_EVERY + 30;
const LOOK_TAKES = 20_000;

const CHANGES: readonly Change[] = [
  {
    name: "a rule is added by hand",
    host: "db-1",
    change: "iptables-legacy -I INPUT -s 192.0.2.7 -p tcp --dport 22 -j ACCEPT",
    right: "! iptables-legacy -S INPUT | grep -q 192.0.2.7",
  },
  {
    name: "the filter table is flushed and open",
    host: "bastion-1",
    change: "ip6tables-legacy -F; ip6tables-legacy -P INPUT ACCEPT",
    right:
      "ip6tables-legacy -S INPUT | grep -q -- '-P INPUT DROP' && ip6tables-legacy -S INPUT | grep -q PALISADE-IN",
  },
  {
    name: "an address is added to a set",
    host: "web-1",
    change: "ipset add $(ipset list -n | grep '^failsafe.4' | head -n 1) 192.0.2.0/24",
    right: "! ipset save | grep -q 192.0.2.0/24",
  },
  {
    name: "charon is stopped",
    host: "db-1",
    change: "systemctl stop strongswan",
    right: "systemctl is-active -q strongswan && swanctl --list-conns | grep -q app-1",
  },
  {
    name: "a connection is unloaded",
    host: "bastion-1",
    change: "sed -i 's/web-1_v6/other_v6/' /etc/swanctl/conf.d/palisade.conf && swanctl --load-conns",
    right: "swanctl --list-conns | grep -q '^web-1_v6' && ! swanctl --list-conns | grep -q '^other_v6'",
  },
  {
    name: "what blocks traffic in clear is taken from the kernel",
    host: "web-1",
    change:
      "ip xfrm policy list dir out | grep -B 1 'action block' | sed -n 's/^src \\([^ ]*\\) dst \\([^ ]*\\).*/src \\1 dst \\2 dir out/p' | while read -r policy; do ip xfrm policy delete $policy; done; true",
    right: "ip xfrm policy list dir out | grep -q 'action block'",
  },
  {
    name: "the kernel's security associations are flushed",
    host: "app-1",
    change: "ip xfrm state flush",
    right:
      "for spi in $(swanctl --list-sas | sed -n 's/^ *in *\\([0-9a-f]*\\).*/\\1/p'); do ip xfrm state | grep -q $spi || exit 1; done",
  },
  {
    name: "charon was killed, and knows nothing of what the kernel goes on sending by",
    host: "bastion-1",
    change:
      "swanctl --initiate --ike app-1_v6 --child all >/dev/null; systemctl kill -s KILL strongswan; sleep 5",
    right: `own=$(ip -6 -o address show dev eth0 scope global | awk '{ sub("/.*", "", $4); print $4; exit }')
      for spi in $(ip xfrm state list src $own proto esp | sed -n 's/.* spi 0x\\([0-9a-f]*\\) .*/\\1/p'); do
        swanctl --list-sas | grep -q $spi || exit 1
      done`,
  },
  {
    name: "sudoers is edited",
    host: "db-1",
    change: "echo 'nobody ALL=(ALL) NOPASSWD: ALL' >>/etc/sudoers.d/palisade",
    right: "! grep -Rq nobody /etc/sudoers.d/",
  },
  {
    name: "a person's keys are edited",
    host: "bastion-1",
    change: 'echo "$(cat /etc/ssh/palisade_keys/alice) stolen" >>/etc/ssh/palisade_keys/alice',
    right: "! grep -q stolen /etc/ssh/palisade_keys/alice",
  },
  {
    name: "an account is added",
    host: "web-1",
    change: "echo 'mallory:x:1999:1999::/:/bin/sh' >>/var/lib/extrausers/passwd",
    right: "! getent passwd mallory",
  },
  {
    name: "sshd is told to take passwords",
    host: "db-1",
    change: "echo 'PasswordAuthentication yes' >/etc/ssh/sshd_config.d/palisade.conf; systemctl reload ssh",
    right: "sshd -T -C user=alice,host=office,addr=192.0.2.7 | grep -qx 'passwordauthentication no'",
  },
  {
    name: "nsswitch.conf loses the accounts",
    host: "bastion-1",
    change: "sed -i 's/ extrausers//' /etc/nsswitch.conf",
    right: "getent passwd alice",
  },
  {
    name: "the firewall is not to be loaded at boot any more",
    host: "web-1",
    change: "systemctl disable -q palisade-firewall",
    right: "systemctl is-enabled -q palisade-firewall",
  },
];

/** When each was right again, in seconds since it was made. */
type Repairs = Map<Change, number | "never wrong">;

/** All of them are made at once, and each host is looked at until it is right again. */
let repaired: Promise<Repairs> | undefined;

async function makeAll(world: World): Promise<Repairs> {
  const byHost = Object.entries(groupBy(CHANGES, ({ host }) => host));
  const repairs = await Promise.all(
    byHost.map(async ([name, changes]) => {
      const host = world.host(name);
      // The next look is then as far away as it can be.
      await host.text("systemctl start palisade-drift");
      const untouched: Change[] = [];
      for (const change of changes) {
        await host.text(change.change);
        if ((await host.run(change.right)).code === 0) untouched.push(change);
      }
      const repairs = await repairsOf(host, difference(changes, untouched));
      return [...repairs, ...untouched.map((change) => [change, "never wrong"] as const)];
    }),
  );
  return new Map(repairs.flat());
}

async function repairsOf(host: LabHost, changes: readonly Change[]): Promise<Repairs> {
  const repairs: Repairs = new Map();
  const since = now();
  const looks = changes.map(({ right }, index) => `if ${right}; then echo ${index}; fi`).join("\n");
  while (repairs.size < changes.length && now() - since < (WITHIN + 20) * 1000) {
    await sleep(2000);
    // A session that the repair itself cuts off is not waited for.
    const said = await Promise.race([host.run(looks), sleep(LOOK_TAKES, { stdout: "" })]);
    for (const index of said.stdout.split("\n").filter((line) => /^\d+$/.test(line))) {
      const change = changes[Number(index)];
      if (change !== undefined && !repairs.has(change)) repairs.set(change, (now() - since) / 1000);
    }
  }
  return repairs;
}

export const DRIFT: readonly Fault[] = CHANGES.map((change) => ({
  name: `${change.name} (${change.host})`,
  promise: "found, put right and logged",
  within: WITHIN,
  play: (world) =>
    undisturbed(world, async () => {
      repaired ??= makeAll(world);
      const seconds = (await repaired).get(change);
      const readJournal = () =>
        world.host(change.host).text("journalctl -u palisade-drift -o short --no-pager; date");
      if (seconds === undefined) assert.fail(`it is not put right: ${await readJournal()}`);
      assert.ok(seconds !== "never wrong", "it was not changed");
      const unlogged = async () => {
        const journal = await readJournal();
        const isLogged = /drift: .*[\s\S]*drift: all of it is repaired/.test(journal);
        return isLogged ? undefined : `it is not logged: ${journal}`;
      };
      await until(unlogged, { since: now(), within: 30 });
      return seconds;
    }),
}));
