import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { undisturbed, disturb, type Fault } from "./fault";
import { Download, now } from "./traffic";
import type { World } from "./world";

const ISOLATED = "palisade:isolated";

/** When app-1 last loaded a firewall, by its journal, as a time of `now()`. */
async function loaded(world: World): Promise<number> {
  const text = await world.host("app-1").text(`date +%s.%N; stat -c %.Y /run/palisade/firewall.generation`);
  const [clock = NaN, written = NaN] = text.trim().split("\n").map(Number);
  return now() - (clock - written) * 1000;
}

const setIsolated = (world: World, hosts: readonly string[]) => {
  const config = world.checkout.read("Pulumi.dev.yaml").replace(/\n {2}palisade:isolated: .*/, "");
  const line = hosts.length === 0 ? "" : `\n  ${ISOLATED}: [${hosts.join(", ")}]`;
  world.checkout.write("Pulumi.dev.yaml", `${config.trimEnd()}${line}\n`);
};

export const ISOLATION: readonly Fault[] = [
  {
    name: "app-1 is isolated, with a download under way",
    promise: "within 5 s it talks to nothing but the failsafe, and its peers have no connection to it",
    within: 5,
    quick: true,
    play: (world) =>
      undisturbed(world, async () => {
        const download = await Download.start(world.host("web-1"), world.host("app-1").address(6));
        setIsolated(world, ["app-1"]);
        await world.up();
        const at = await loaded(world);
        await world.packets.stopped(at, 60);
        await sleep(2000);
        const seconds = Math.max(download.last(at), await world.packets.stopped(at, 60));
        await download.stop();
        for (const peer of ["web-1", "db-1", "bastion-1"]) {
          const connections = await world.host(peer).text("swanctl --list-conns; swanctl --list-sas");
          assert.doesNotMatch(connections, /^app-1/m, peer);
          const out = `nc -nzw 3 ${world.host(peer).address(6)} 22 && echo reached; true`;
          assert.doesNotMatch(await world.host("app-1").text(out), /reached/);
        }
        return seconds;
      }),
  },
  {
    name: "app-1 is released again",
    promise: "traffic is back with the same `up`",
    within: 60,
    quick: true,
    play: (world) =>
      disturb(world, 60, async () => {
        setIsolated(world, []);
        await world.up();
      }),
  },
];
