import { spawn } from "node:child_process";
import { readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "./lab";
import { withLock } from "./lock";
import { CommandError, run, succeeds } from "./run";

/** Addresses of the machine that runs the lab, on the lab's bridge; documentation ranges (RFC 5737, 3849). */
export const DEPLOYER = { ipv4: "203.0.113.1", ipv6: "2001:db8:ff1::1" };
/** The same machine as somebody on the internet. */
export const STRANGER = { ipv4: "203.0.113.200", ipv6: "2001:db8:beef::1" };

/**
 * The lab's two networks, each with its bridge: `near`, where the deployer is, and `far`, the other side of an ocean.
 * What joins them is in wan.ts.
 */
export type NetworkName = "near" | "far";
export const BRIDGES: Record<NetworkName, string> = { near: "br0", far: "br1" };

/** What stands before a command to run it inside the lab's network. */
export function inNamespace(lab: Lab, command: readonly string[]): [string, ...string[]] {
  return ["ip", "netns", "exec", lab.namespace, ...command];
}

/** Whether this process is inside the lab's network already. */
export function isInside(lab: Lab): boolean {
  try {
    const inode = /^net:\[(\d+)\]$/.exec(readlinkSync("/proc/self/ns/net"))?.[1];
    return inode === String(statSync(`/run/netns/${lab.namespace}`).ino);
  } catch {
    return false;
  }
}

/** Signals that are for the process inside, which ends this one when it has ended well. */
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Goes on inside the lab's network: returns if already there, else runs this very command line there and ends
 * with its status. The network must exist; a lab is destroyed from outside only.
 * @param environment of the process inside, beside this one's
 */
export async function enterNamespace(lab: Lab, environment: Record<string, string> = {}): Promise<void> {
  if (isInside(lab)) return;
  const [program, ...args] = inNamespace(lab, [
    process.execPath,
    ...process.execArgv,
    ...process.argv.slice(1),
  ]);
  const child = spawn(program, args, { stdio: "inherit", env: { ...process.env, ...environment } });
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  process.exit(status ?? 1);
}

/** Makes the lab's network, or mends what is missing of it. */
export async function ensureNetwork(lab: Lab): Promise<void> {
  await withLock(join(lab.folder, "network.lock"), async () => {
    await ensureNamespace(lab);
    await run(["ip", "-n", lab.namespace, "link", "set", "lo", "up"]);
    for (const bridge of Object.values(BRIDGES)) await ensureBridge(lab, bridge);
    await ensureOwnAddresses(lab);
  });
}

/** Removes the lab's network with all that is in it. */
export async function removeNetwork(lab: Lab): Promise<void> {
  if (await namespaceExists(lab)) await run(["ip", "netns", "delete", lab.namespace]);
}

/** A network card's other end, on the bridge of a network. Returns its name. */
export async function ensureTap(lab: Lab, name: string, network: NetworkName): Promise<string> {
  if (!(await succeeds(["ip", "-n", lab.namespace, "link", "show", name]))) {
    await ip(lab, ["tuntap", "add", name, "mode", "tap"]);
  }
  await ip(lab, ["link", "set", name, "master", BRIDGES[network], "up"]);
  return name;
}

export async function removeTap(lab: Lab, name: string): Promise<void> {
  if (await succeeds(["ip", "-n", lab.namespace, "link", "show", name])) {
    await ip(lab, ["link", "delete", name]);
  }
}

async function namespaceExists(lab: Lab): Promise<boolean> {
  const names = (await run(["ip", "netns", "list"])).split("\n").map((line) => line.split(" ")[0]);
  return names.includes(lab.namespace);
}

async function ensureNamespace(lab: Lab): Promise<void> {
  if (await succeeds(["ip", "-n", lab.namespace, "link", "show", "lo"])) return;
  // A name without a namespace behind it is what a kill in the middle of making one leaves.
  if (await namespaceExists(lab)) await run(["ip", "netns", "delete", lab.namespace]);
  try {
    await run(["ip", "netns", "add", lab.namespace]);
  } catch (error) {
    const reason = error instanceof CommandError ? error.stderr.trim() : String(error);
    throw new Error(`could not make the network namespace ${lab.namespace} (the lab needs root): ${reason}`);
  }
}

async function ensureBridge(lab: Lab, bridge: string): Promise<void> {
  if (!(await succeeds(["ip", "-n", lab.namespace, "link", "show", bridge]))) {
    await ip(lab, ["link", "add", bridge, "type", "bridge"]);
  }
  // Without snooping: neighbour discovery is multicast, and nobody here answers queries about groups.
  await ip(lab, ["link", "set", bridge, "type", "bridge", "stp_state", "0", "mcast_snooping", "0"]);
}

/** The deployer and the stranger are on the near bridge; the far one only carries what crosses it. */
async function ensureOwnAddresses(lab: Lab): Promise<void> {
  const own = BRIDGES.near;
  await run(inNamespace(lab, ["sh", "-c", SETTINGS]));
  await ip(lab, ["link", "set", own, "address", "02:00:00:00:00:01", "up"]);
  await ip(lab, ["link", "set", BRIDGES.far, "addrgenmode", "none", "up"]);
  for (const address of [
    `${DEPLOYER.ipv4}/24`,
    `${STRANGER.ipv4}/32`,
    `${DEPLOYER.ipv6}/128`,
    `${STRANGER.ipv6}/128`,
  ]) {
    await ip(lab, ["address", "replace", address, "dev", own]);
  }
  for (const block of ["192.0.2.0/24", "198.51.100.0/24"]) {
    await ip(lab, ["route", "replace", block, "dev", own, "src", DEPLOYER.ipv4]);
  }
  await ip(lab, ["route", "replace", "2001:db8::/32", "dev", own, "src", DEPLOYER.ipv6]);
}

// Set before the bridge comes up, so that its addresses can be used at once.
const SETTINGS = `
for link in all default ${BRIDGES.near}; do
    echo 0 >/proc/sys/net/ipv6/conf/$link/disable_ipv6
    echo 0 >/proc/sys/net/ipv6/conf/$link/accept_dad
    echo 0 >/proc/sys/net/ipv6/conf/$link/accept_ra
done`;

function ip(lab: Lab, command: readonly string[]): Promise<string> {
  return run(["ip", "-n", lab.namespace, ...command]);
}
