import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { rebootHost, stopHost } from "../../../../lab/machine";
import { journalOf } from "../attack/inspect";
import type { LabHost } from "../lab-host";
import { dropping } from "./dropping";
import { disturb, type Fault } from "./fault";
import { now } from "./traffic";
import type { World } from "./world";

const BACK = "traffic is back by itself, and never in clear meanwhile";
const MINUTE = 60;

const web = (world: World): LabHost => world.host("web-1");
const app = (world: World): LabHost => world.host("app-1");

/** Ends the links between web-1 and app-1 at web-1, which says nothing of it to the other end. */
const forgetLinks = (world: World) =>
  web(world).text(
    "for link in app-1_v4 app-1_v6; do swanctl --terminate --force --ike $link; done >/dev/null 2>&1 || :",
  );

/** Sets the clock of app-1 off for as long as the work lasts. */
async function clockAt<T>(world: World, date: string, work: () => Promise<T>): Promise<T> {
  await app(world).text(`date -s '${date}'`);
  try {
    return await work();
  } finally {
    await app(world).text(`date -s @${(Date.now() / 1000).toFixed(0)}`);
  }
}

const quiet = (world: World, seconds: number) => world.packets.stopped(now(), seconds);

const halfDown = (seconds: number): Fault => ({
  name: `app-1 sends nothing to web-1 for ${seconds} s, and still hears it`,
  promise: BACK,
  within: MINUTE,
  play: (world) =>
    disturb(world, MINUTE, () => dropping(world, ["OUTPUT -d WEB"], () => sleep(seconds * 1000))),
});

const charonDies = (name: string, hosts: readonly string[]): Fault => ({
  name,
  promise: BACK,
  within: MINUTE,
  play: (world) =>
    disturb(world, MINUTE, async () => {
      await Promise.all(hosts.map((host) => world.host(host).text("systemctl kill -s KILL strongswan")));
      // The kernel goes on with what it has; until the other end notices.
      await sleep(45_000);
    }),
});

/** What both ends' journals say of the last minute, and which packets the kernels dropped for want of an association. */
async function lastMinute(world: World): Promise<string> {
  const command =
    "journalctl --since=-1min -o short-precise --no-pager; grep -w '[1-9][0-9]*$' /proc/net/xfrm_stat";
  const ends = await Promise.all(
    [web(world), app(world)].map(async (host) => `${host.name}:\n${(await host.run(command)).stdout}`),
  );
  return ends.join("\n");
}

export const MESH: readonly Fault[] = [
  {
    name: "app-1 loses power and starts again",
    promise: BACK,
    within: MINUTE,
    play: (world) => disturb(world, MINUTE, () => rebootHost(world.lab, world.id("app-1"), { hard: true })),
  },
  {
    name: "app-1's network is gone for 15 s",
    promise: BACK,
    within: MINUTE,
    play: (world) =>
      disturb(world, MINUTE, async () => {
        await world.link("app-1", "down");
        await sleep(15_000);
        await world.link("app-1", "up");
      }),
  },
  halfDown(20),
  halfDown(200),
  {
    name: "IKE is blocked for 15 s after the links are lost",
    promise: BACK,
    within: MINUTE,
    play: (world) =>
      disturb(world, MINUTE, () =>
        dropping(world, ["PREROUTING -s WEB -p udp -m multiport --dports 500,4500"], async () => {
          await forgetLinks(world);
          await quiet(world, 10);
          await sleep(15_000);
        }),
      ),
  },
  charonDies("charon of app-1 is killed", ["app-1"]),
  charonDies("charon is killed at both ends", ["app-1", "web-1"]),
  {
    name: "charon of app-1 hangs for 30 s",
    promise: BACK,
    within: MINUTE,
    play: (world) =>
      disturb(world, MINUTE, async () => {
        await app(world).text("systemctl kill -s STOP strongswan");
        await forgetLinks(world);
        await sleep(30_000);
        await app(world).text("systemctl kill -s CONT strongswan");
      }),
  },
  {
    name: "both ends lose their links and ask each other at once",
    promise: BACK,
    within: MINUTE,
    play: (world) =>
      disturb(world, MINUTE, () =>
        Promise.all(
          ["web-1", "app-1"].map((name) =>
            world
              .host(name)
              .text(
                "swanctl --list-sas --raw | grep -o '[a-z]*-1_v[46]' | sort -u | xargs -rn1 swanctl --terminate --force --ike >/dev/null 2>&1 || :",
              ),
          ),
        ),
      ),
  },
  {
    name: "the links get new keys while traffic runs",
    promise: "no packet is lost",
    within: 1,
    play: async (world) => {
      const measured = await disturb(world, 1, () =>
        web(world).text("swanctl --rekey --child all; sleep 2; swanctl --rekey --ike app-1_v6; sleep 2"),
      );
      if (measured.lost > 0) assert.fail(`${measured.lost} packets were lost\n${await lastMinute(world)}`);
      return measured;
    },
  },
  {
    name: "the clock of app-1 is an hour ahead, and new links are made",
    promise: BACK,
    within: MINUTE,
    play: (world) => clockAt(world, "1 hour", () => disturb(world, MINUTE, () => forgetLinks(world))),
  },
  {
    name: "certificates have expired, by the clock of app-1",
    promise: `no link, and that is logged; with the right time ${BACK}`,
    within: MINUTE,
    play: async (world) => {
      let measured = { recovered: NaN, lost: NaN };
      const log = await journalOf(app(world), async () => {
        measured = await disturb(world, MINUTE, () =>
          clockAt(world, "20 years", async () => {
            await forgetLinks(world);
            await quiet(world, 10);
            await sleep(5000);
          }),
        );
      });
      assert.match(
        log,
        /certificate (was|is)? ?(invalid|expired|not valid)|no trusted .* public key found|validity/i,
      );
      return measured;
    },
  },
  {
    name: "200 ms more on the way and 5 % of the packets lost, while new links are made",
    promise: "the links come up all the same, and nothing leaves in clear",
    within: MINUTE,
    play: async (world) => {
      await app(world).text("tc qdisc add dev eth0 root netem delay 200ms loss 5%");
      try {
        return await disturb(world, MINUTE, () => forgetLinks(world));
      } finally {
        await app(world).text("tc qdisc del dev eth0 root");
      }
    },
  },
  {
    name: "all hosts lose power at once and start again",
    promise: BACK,
    within: MINUTE,
    play: async (world) => {
      const ids = [...world.hosts.keys()].map((name) => world.id(name));
      await Promise.all(ids.map((id) => stopHost(world.lab, id, { hard: true })));
      await Promise.all(ids.map((id) => rebootHost(world.lab, id)));
      const since = now();
      await world.answers("web-1", since, MINUTE);
      const packets = await world.restartPackets();
      return { recovered: await packets.returned(since, MINUTE), lost: packets.lost(since, now() - 1000) };
    },
  },
];
