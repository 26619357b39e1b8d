import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readStarted } from "./host-record";
import type { Image } from "./image";
import { shortHash, type Lab, type Progress } from "./lab";
import { launch } from "./kernel";
import { withLock } from "./lock";
import { ensureTap, removeTap, type NetworkName } from "./network";
import { isAlive, killWithHelpers } from "./process";

/** What a packet takes from one of the lab's networks to the other, in ms: half of a round trip. */
export const WAN_DELAY_MS = 40;
const BOOT_MS = 120_000;
const CARDS: Record<NetworkName, string> = { near: "tap-wan-near", far: "tap-wan-far" };

/** The network that a region's hosts are in. The deployer is on the near side, and so is America. */
export function networkOf(region: string | undefined): NetworkName {
  return region === undefined || region.startsWith("us-") ? "near" : "far";
}

/**
 * Joins the lab's two networks by a machine between them that delays what it passes on. It is one with a kernel of its
 * own: the lab's may well have no netem. Throws if it does not come up.
 */
export async function ensureWan(lab: Lab, image: Image, progress: Progress): Promise<void> {
  const { folder, process, console } = paths(lab);
  await mkdir(folder, { recursive: true });
  await withLock(join(lab.folder, "locks", "wan"), async () => {
    const cards = [await ensureTap(lab, CARDS.near, "near"), await ensureTap(lab, CARDS.far, "far")];
    const running = readStarted(process);
    if (running !== undefined && isAlive(running)) return;
    progress(`joining the far network, ${2 * WAN_DELAY_MS} ms away`);
    await rm(console, { force: true });
    await launch(lab, {
      ...{ name: "wan", tag: shortHash("wan", 8), kernel: image.kernel, process, console },
      arguments: [
        ...["mem=64M", "rootfstype=hostfs", `rootflags=${image.root}`, "ro", "init=/sbin/lab-wan", "panic=1"],
        ...["con=null", "con0=null,fd:1", `lab.delay=${WAN_DELAY_MS}`],
        ...cards.map((card, index) => `eth${index}=tuntap,${card},02:51:00:00:00:0${index}`),
      ],
    });
    const deadline = Date.now() + BOOT_MS;
    while (!readFileSync(console, "utf8").includes("lab-wan: ")) {
      if (Date.now() > deadline) throw new Error(`the far network could not be joined; see ${console}`);
      await sleep(50);
    }
  });
}

/** Ends the machine between the networks, if there is one. */
export async function stopWan(lab: Lab): Promise<void> {
  const record = existsSync(paths(lab).process) ? readStarted(paths(lab).process) : undefined;
  if (record === undefined) return;
  killWithHelpers(record);
  await Promise.all(Object.values(CARDS).map((card) => removeTap(lab, card)));
}

function paths(lab: Lab) {
  const folder = join(lab.folder, "wan");
  return { folder, process: join(folder, "process"), console: join(folder, "console.log") };
}
