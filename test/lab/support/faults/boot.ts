import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { inNamespace, rebootHost, STRANGER } from "../../../../lab/machine";
import { placeBehind } from "../../../../lab/verify/places";
import { attempt } from "../../../../lab/verify/verify";
import { disturb, undisturbed, type Fault } from "./fault";
import { confirmed, push, without } from "./push";
import { now } from "./traffic";
import type { World } from "./world";

const damage = (kinds: readonly string[]) =>
  kinds.map((kind) => `echo '# damaged' >>/var/lib/palisade/firewall/${kind}`).join("; ");

/** Gives app-1 a firewall before the one that it has, so that there is a last good one. */
async function haveLastGood(world: World): Promise<string> {
  const host = world.host("app-1");
  const document = await confirmed(host, "firewall");
  await push(host, "firewall", without(document, /--dport 9100 /));
  await push(host, "firewall", document);
  return document;
}

const reboot = (world: World) => rebootHost(world.lab, world.id("app-1"), { hard: true });

export const BOOT: readonly Fault[] = [
  {
    name: "a stranger knocks all the while that app-1 starts",
    promise: "never an answer, from the first packet on",
    within: 60,
    play: (world) =>
      disturb(world, 60, async () => {
        const host = world.host("app-1");
        const stranger = placeBehind("stranger", inNamespace(world.lab, []), true);
        const probes = [8080, 9100, 1].flatMap((port) =>
          ([4, 6] as const).map((family) => ({
            ...{ from: "stranger", to: "app-1", address: host.address(family), family, port },
            ...{ source: family === 4 ? STRANGER.ipv4 : STRANGER.ipv6, protocol: "tcp" as const },
            ...{ expected: "denied" as const, encrypted: false },
          })),
        );
        await reboot(world);
        const since = now();
        let up = false;
        const answers = world.answers("app-1", since, 60).then(() => (up = true));
        while (!up) {
          const outcomes = await attempt(new Map([["stranger", stranger]]), probes);
          for (const [{ address, port }, outcome] of outcomes)
            assert.equal(outcome, "silent", `${address} ${port}`);
        }
        await answers;
      }),
  },
  {
    name: "the firewall on the disk is damaged, and app-1 starts",
    promise: "the last good one is in use, and the journal says so",
    within: 60,
    play: async (world) => {
      const document = await haveLastGood(world);
      const host = world.host("app-1");
      await host.text(`${damage(["confirmed"])}; sync`);
      const measured = await disturb(world, 60, () => reboot(world));
      const journal = await host.text("journalctl -b -u palisade-firewall -o cat --no-pager");
      assert.match(
        journal,
        /the confirmed document on the disk is damaged[\s\S]*the last-good one is in use/,
      );
      await push(host, "firewall", document);
      return measured;
    },
  },
  {
    name: "every firewall on the disk is damaged, and app-1 starts",
    promise: "all is closed but the failsafe's SSH, which lets the next push in",
    within: 60,
    play: (world) =>
      undisturbed(world, async () => {
        const document = await haveLastGood(world);
        const host = world.host("app-1");
        await host.text(`${damage(["confirmed", "last-good"])}; sync`);
        await reboot(world);
        const since = now();
        const seconds = await world.answers("app-1", since, 60);
        await sleep(10_000);
        const rules = await host.text("iptables-legacy -S INPUT; ip6tables-legacy -S INPUT");
        assert.doesNotMatch(rules, /PALISADE|8080|9100/);
        await assert.rejects(world.packets.returned(now(), 5), /no answers/);
        await push(host, "firewall", document);
        await world.packets.returned(now(), 60);
        return seconds;
      }),
  },
];
