import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync, readFileSync, closeSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hostPaths, readProcess, readStarted, type HostRecord } from "./host-record";
import { hostTag, type HostId } from "./host-spec";
import type { Lab } from "./lab";
import { inNamespace } from "./network";
import { isAlive, isGone, killWithHelpers } from "./process";
import { preload } from "./preload";
import { run } from "./run";

// Its own pid and start time are on disk before there is anything to kill: nothing started is ever forgotten.
const RECORD_AND_BECOME =
  'read -r stat </proc/$$/stat; echo "$stat" >"$1.new"; mv "$1.new" "$1"; shift; exec "$@"';

/** A kernel to be started: what it is called, and where what is known of it is kept. */
export interface KernelStart {
  /** For people. */
  name: string;
  /** The kernel's own name of the machine, `umid`. */
  tag: string;
  kernel: string;
  /** Beyond its name and the folder of its sockets. */
  arguments: string[];
  /** File that holds the process as it was started. */
  process: string;
  console: string;
  /** Absent, it runs on any processor. */
  processor?: number;
}

/** Starts the host's kernel, detached, in the lab's network. Does not wait for it to boot. */
export async function startKernel(lab: Lab, host: HostRecord, tap: string): Promise<void> {
  const paths = hostPaths(lab, host);
  await launch(lab, {
    ...{ name: host.name, tag: hostTag(host), kernel: host.kernel, processor: host.processor },
    ...{ arguments: kernelArguments(lab, host, tap), process: paths.process, console: paths.console },
  });
}

/** Starts a kernel, detached, in the lab's network. Throws if it ends at once. */
export async function launch(lab: Lab, start: KernelStart): Promise<void> {
  await mkdir(lab.runFolder, { recursive: true, mode: 0o700 });
  await rm(join(lab.runFolder, start.tag), { recursive: true, force: true });
  const pinned = start.processor === undefined ? [] : ["taskset", "--cpu-list", String(start.processor)];
  const names = [`uml_dir=${lab.runFolder}/`, `umid=${start.tag}`];
  const kernel = [...(await preload()), start.kernel, ...start.arguments, ...names];
  const command = inNamespace(lab, [...pinned, ...kernel]);
  const log = openSync(start.console, "a");
  const child = spawn("sh", ["-c", RECORD_AND_BECOME, "sh", start.process, ...command], {
    detached: true,
    stdio: ["ignore", log, log],
    // The guest's memory is a file: in memory, or the disk would be busy with it.
    env: { ...process.env, TMPDIR: "/dev/shm" },
  });
  closeSync(log);
  child.unref();
  await Promise.race([once(child, "exit"), started(lab, start, child.pid)]);
  const running = readStarted(start.process);
  if (running === undefined || !isAlive(running)) {
    throw new Error(`the kernel of ${start.name} ended at once: ${lastLines(start.console)}`);
  }
}

function kernelArguments(lab: Lab, host: HostRecord, tap: string): string[] {
  const paths = hostPaths(lab, host);
  return [
    `mem=${host.memoryMiB}M`,
    ...["rootfstype=hostfs", `rootflags=${host.root}`, "ro", "init=/sbin/lab-init", "panic=1"],
    ...["con=null", "con0=null,fd:1"],
    `ubd0=${paths.disk}`,
    `eth0=tuntap,${tap},${macAddress(host)}`,
    `lab.meta=${paths.meta}`,
  ];
}

/** Locally administered, and the same at every boot: neighbours need not learn it again. */
function macAddress(id: HostId): string {
  const digits = hostTag(id).match(/../g) ?? [];
  return ["02", "50", ...digits].join(":");
}

/** Resolves once the kernel has taken its name, which it does after it has its memory. */
async function started(lab: Lab, start: KernelStart, pid: number | undefined): Promise<void> {
  const name = join(lab.runFolder, start.tag, "pid");
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline && !(existsSync(name) && readStarted(start.process)?.pid === pid))
    await sleep(20);
}

/**
 * Stops the host's kernel, if it runs: as one presses its power button, then by force after `graceMs`. With 0,
 * by force at once, as when the power fails.
 */
export async function stopKernel(lab: Lab, id: HostId, graceMs: number): Promise<void> {
  const record = readProcess(lab, id);
  if (record === undefined) return;
  if (graceMs > 0 && isAlive(record)) {
    await pressPowerButton(lab, id);
    await until(() => !isAlive(record), graceMs);
  }
  killWithHelpers(record);
  if (!(await until(() => isGone(record), 10_000))) {
    throw new Error(`the kernel of ${id.name} (process ${record.pid}) does not end`);
  }
}

// The management console's packet: magic, version, length, command (arch/um/drivers/mconsole.h). Sent without
// waiting for an answer, which may never come; Node has no datagram sockets of this family, Perl is essential.
const POWER_BUTTON = `
use Socket;
socket(my $socket, PF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
send($socket, pack("LLLa512", 0xcafebabe, 2, 3, "cad"), 0, pack_sockaddr_un($ARGV[0])) or die "send: $!";`;

async function pressPowerButton(lab: Lab, id: HostId): Promise<void> {
  const socket = join(lab.runFolder, hostTag(id), "mconsole");
  if (existsSync(socket)) await run(["perl", "-e", POWER_BUTTON, socket]).catch(() => undefined);
}

async function until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}

function lastLines(file: string): string {
  return existsSync(file)
    ? readFileSync(file, "utf8").trim().split("\n").slice(-5).join("\n")
    : "it said nothing";
}
