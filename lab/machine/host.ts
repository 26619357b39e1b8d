import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hostPaths, listIds, readProcess, readRecord, writeRecord, type HostRecord } from "./host-record";
import { checkSpec, DEFAULT_MEMORY_MIB, fingerprint, hostKey, hostTag, metaFiles } from "./host-spec";
import type { HostId, HostSpec } from "./host-spec";
import { ensureImage } from "./image";
import type { Lab, Progress } from "./lab";
import { startKernel, stopKernel } from "./kernel";
import { withLock } from "./lock";
import { ensureNetwork, ensureTap, removeNetwork, removeTap } from "./network";
import { isAlive } from "./process";
import { run } from "./run";
import { ensureWan, stopWan } from "./wan";

const GRACE_MS = 25_000;
const quiet: Progress = () => undefined;

/**
 * Makes sure that the host runs as wished, building image, network and disk where they are missing. Returns
 * when its kernel runs, not when it answers. A running host with the same wish is left alone; with another one
 * it is restarted on the disk it has, where user data, keys and logins of the first boot stay.
 */
export async function bootHost(lab: Lab, spec: HostSpec, progress: Progress = quiet): Promise<void> {
  checkSpec(spec);
  const image = await ensureImage(progress);
  await ensureNetwork(lab);
  await withLock(hostPaths(lab, spec).lock, async () => {
    const wanted = fingerprint(spec, lab);
    const before = readRecord(lab, spec);
    if (before?.fingerprint === wanted && isRunning(lab, spec)) return;
    await stopKernel(lab, spec, GRACE_MS);
    await ensureDisk(lab, spec, before);
    await writeMeta(lab, spec);
    const record: HostRecord = {
      ...{ stack: spec.stack, name: spec.name, ipv4: spec.ipv4, ipv6: spec.ipv6 },
      network: spec.network ?? "near",
      memoryMiB: spec.memoryMiB ?? DEFAULT_MEMORY_MIB,
      ...{ root: before?.root ?? image.root, kernel: before?.kernel ?? image.kernel },
      processor: before?.processor ?? leastUsedProcessor(lab),
      fingerprint: wanted,
    };
    await writeRecord(lab, record);
    progress(`starting ${hostKey(spec)}`);
    await start(lab, record, progress);
  });
}

/** Shuts the host down, if it runs; its disk stays. `hard` cuts the power instead. */
export async function stopHost(lab: Lab, id: HostId, options: { hard?: boolean } = {}): Promise<void> {
  await withLock(hostPaths(lab, id).lock, () => stopKernel(lab, id, options.hard === true ? 0 : GRACE_MS));
}

/** Starts the host again on the disk it has, after stopping it if it runs. Throws if there is no such host. */
export async function rebootHost(lab: Lab, id: HostId, options: { hard?: boolean } = {}): Promise<void> {
  await ensureNetwork(lab);
  await withLock(hostPaths(lab, id).lock, async () => {
    const record = readRecord(lab, id);
    if (record === undefined) throw new Error(`the lab has no host ${hostKey(id)}`);
    await stopKernel(lab, id, options.hard === true ? 0 : GRACE_MS);
    await start(lab, record, quiet);
  });
}

/** Removes the host with its disk, at once. Does nothing where there is none. */
export async function destroyHost(lab: Lab, id: HostId): Promise<void> {
  const paths = hostPaths(lab, id);
  if (!existsSync(paths.folder)) return;
  await withLock(paths.lock, async () => {
    await stopKernel(lab, id, 0);
    await removeTap(lab, tapName(id));
    await rm(join(lab.runFolder, hostTag(id)), { recursive: true, force: true });
    await rm(paths.folder, { recursive: true, force: true });
  });
}

/** Removes every host, the network and all state of the lab. Only processes that the lab recorded are ended. */
export async function destroyLab(lab: Lab): Promise<void> {
  await Promise.all(listIds(lab).map((id) => destroyHost(lab, id)));
  await stopWan(lab);
  await removeNetwork(lab);
  await rm(lab.runFolder, { recursive: true, force: true });
  await rm(lab.folder, { recursive: true, force: true });
}

async function start(lab: Lab, record: HostRecord, progress: Progress): Promise<void> {
  if (!existsSync(record.root)) {
    throw new Error(
      `the image of ${hostKey(record)} (${record.root}) is gone; destroy the host and make it again`,
    );
  }
  if (record.network === "far") await ensureWan(lab, record, progress);
  await startKernel(lab, record, await ensureTap(lab, tapName(record), record.network ?? "near"));
}

function isRunning(lab: Lab, id: HostId): boolean {
  const process = readProcess(lab, id);
  return process !== undefined && isAlive(process);
}

function tapName(id: HostId): string {
  return `tap-${hostTag(id)}`;
}

async function writeMeta(lab: Lab, spec: HostSpec): Promise<void> {
  const { meta } = hostPaths(lab, spec);
  await rm(meta, { recursive: true, force: true });
  await mkdir(meta, { recursive: true, mode: 0o700 });
  await chmod(meta, 0o700);
  for (const [name, text] of metaFiles(spec)) await writeFile(join(meta, name), text, { mode: 0o600 });
}

/** A sparse file; the host's root is the image with what it wrote itself, from this disk, over it. */
async function ensureDisk(lab: Lab, spec: HostSpec, before: HostRecord | undefined): Promise<void> {
  const { folder, disk } = hostPaths(lab, spec);
  if (before !== undefined && existsSync(disk)) return;
  await mkdir(folder, { recursive: true });
  await rm(disk, { force: true });
  await run(["truncate", "--size=4G", `${disk}.new`]);
  await run(["mkfs.ext4", "-q", "-F", "-m", "0", `${disk}.new`]);
  await rename(`${disk}.new`, disk);
}

/**
 * A kernel in user mode and its processes wake each other all the time. On one processor that is a switch, on
 * two an interrupt between them: tied to one, a host boots in half the time.
 */
function leastUsedProcessor(lab: Lab): number | undefined {
  const allowed = allowedProcessors();
  if (allowed.length < 2) return undefined;
  const used = listIds(lab).map((id) => readRecord(lab, id)?.processor);
  const count = (processor: number) => used.filter((one) => one === processor).length;
  return [...allowed].sort((a, b) => count(a) - count(b) || a - b)[0];
}

function allowedProcessors(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "";
  return list.split(",").flatMap((part) => {
    const [first, last] = part.split("-").map(Number);
    if (first === undefined || Number.isNaN(first)) return [];
    return Array.from({ length: (last ?? first) - first + 1 }, (_, index) => first + index);
  });
}
