import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { runAs } from "../people";
import { undisturbed, type Fault } from "./fault";
import { confirmed, push, without, withoutPeer, type FacetName } from "./push";
import { Download, now, until } from "./traffic";
import { withoutPerson } from "./undo";
import type { World } from "./world";

const CUT = "cut within 5 s of the push";
const CUT_WITHIN = 5;

/** Pushes app-1 another document for as long as the work lasts. */
async function changed<T>(
  world: World,
  facet: FacetName,
  change: (document: string) => string,
  work: (pushed: number) => Promise<T>,
): Promise<T> {
  const host = world.host("app-1");
  const document = await confirmed(host, facet);
  await push(host, facet, change(document));
  try {
    return await work(now());
  } finally {
    await push(host, facet, document);
    await world.packets.returned(now(), 60);
  }
}

async function downloadEnds(
  world: World,
  facet: FacetName,
  change: (document: string) => string,
): Promise<number> {
  const download = await Download.start(world.host("web-1"), world.host("app-1").address(6));
  try {
    return await changed(world, facet, change, async (pushed) => {
      await world.packets.stopped(pushed, 10);
      await sleep(2000);
      return download.last(pushed);
    });
  } finally {
    await download.stop();
  }
}

export const WITHDRAWAL: readonly Fault[] = [
  {
    name: "a download that the new firewall does not allow is under way",
    promise: CUT,
    within: CUT_WITHIN,
    quick: true,
    play: (world) =>
      undisturbed(world, () =>
        downloadEnds(world, "firewall", (document) => without(document, /--dport 8080 /)),
      ),
  },
  {
    name: "a download from a host that is no peer any more is under way",
    promise: CUT,
    within: CUT_WITHIN,
    play: (world) =>
      undisturbed(world, () => downloadEnds(world, "ipsec", (document) => withoutPeer(document, "web-1"))),
  },
  {
    name: "a person who is removed is logged in",
    promise: "the session ends within 5 s of the push",
    within: CUT_WITHIN,
    play: (world) =>
      undisturbed(world, async () => {
        const login = { user: "alice", keyFile: world.alice };
        const session = runAs(world.checkout, login, { stack: "dev", host: "app-1" }, "sleep 300");
        const away = async () =>
          (await world.host("app-1").run("pgrep -u alice -x sleep")).code === 0
            ? undefined
            : "alice is not logged in";
        await until(away, { since: now(), within: 60 });
        return changed(
          world,
          "accounts",
          (document) => withoutPerson(document, "alice"),
          async (pushed) => {
            assert.notEqual((await session).code, 0);
            return Math.max(0, (now() - pushed) / 1000);
          },
        );
      }),
  },
  {
    name: "five pushes about others come while a download runs",
    promise: "it goes on, and stands still for less than 1 s",
    within: 1,
    play: (world) =>
      undisturbed(world, async () => {
        const download = await Download.start(world.host("web-1"), world.host("app-1").address(6));
        const firewall = (document: string) => without(document, /--dport 9100 /);
        for (let times = 0; times < 2; times += 1)
          await changed(world, "firewall", firewall, () => Promise.resolve());
        await changed(
          world,
          "ipsec",
          (document) => withoutPeer(document, "db-1"),
          () => Promise.resolve(),
        );
        const { stalled } = download;
        await download.stop();
        return stalled;
      }),
  },
];
