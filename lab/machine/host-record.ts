import Ajv from "ajv";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hostKey, type HostId } from "./host-spec";
import type { Lab } from "./lab";
import type { NetworkName } from "./network";
import { isAlive, parseStat, type ProcessRecord } from "./process";

/** What the lab keeps about a host it made, in `host.json` of the host's folder. */
export interface HostRecord extends HostId {
  ipv4?: string;
  ipv6: string[];
  /** Absent: near. */
  network?: NetworkName;
  memoryMiB: number;
  /** Root folder of the image under the host's disk; a disk goes with one image only. */
  root: string;
  kernel: string;
  /** The processor it is tied to, where the machine has several. */
  processor?: number;
  fingerprint: string;
}

const STRING = { type: "string" };
const isRecord = new Ajv().compile<HostRecord>({
  type: "object",
  required: ["stack", "name", "ipv6", "memoryMiB", "root", "kernel", "fingerprint"],
  properties: {
    ...{ stack: STRING, name: STRING, ipv4: STRING, root: STRING, kernel: STRING, fingerprint: STRING },
    network: { enum: ["near", "far"] },
    ...{
      ipv6: { type: "array", items: STRING },
      memoryMiB: { type: "integer" },
      processor: { type: "integer" },
    },
  },
});

export interface HostStatus extends HostId {
  state: "running" | "stopped";
  pid?: number;
  ipv4?: string;
  ipv6: string[];
  memoryMiB: number;
  /** What the host's kernel and systemd said, for a person. */
  console: string;
}

/** Paths of all that belongs to a host. */
export function hostPaths(lab: Lab, id: HostId) {
  const folder = join(lab.folder, "hosts", hostKey(id));
  return {
    folder,
    record: join(folder, "host.json"),
    meta: join(folder, "meta"),
    disk: join(folder, "disk.img"),
    console: join(folder, "console.log"),
    process: join(folder, "process"),
    lock: join(lab.folder, "locks", hostKey(id)),
  };
}

/** The host's record; undefined if there is no such host, or only the beginning of one. */
export function readRecord(lab: Lab, id: HostId): HostRecord | undefined {
  const file = hostPaths(lab, id).record;
  if (!existsSync(file)) return undefined;
  const record: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (!isRecord(record)) throw new Error(`${file} is damaged; destroy the host and make it again`);
  return record;
}

export async function writeRecord(lab: Lab, record: HostRecord): Promise<void> {
  const file = hostPaths(lab, record).record;
  await writeFile(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

/** The process that was last started for the host, running or not. */
export function readProcess(lab: Lab, id: HostId): ProcessRecord | undefined {
  return readStarted(hostPaths(lab, id).process);
}

/** What a process wrote of itself to a file when it was started. */
export function readStarted(file: string): ProcessRecord | undefined {
  return existsSync(file) ? parseStat(readFileSync(file, "utf8")) : undefined;
}

/** Every host folder of the lab, sorted, complete or not. */
export function listIds(lab: Lab): HostId[] {
  const folder = join(lab.folder, "hosts");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((key) => ({ stack: key.slice(0, key.indexOf(".")), name: key.slice(key.indexOf(".") + 1) }));
}

/** How a host is; undefined if the lab has none of that name. */
export function hostStatus(lab: Lab, id: HostId): HostStatus | undefined {
  const record = readRecord(lab, id);
  if (record === undefined) return undefined;
  const process = readProcess(lab, id);
  const running = process !== undefined && isAlive(process);
  const { stack, name, ipv4, ipv6, memoryMiB } = record;
  return {
    ...{ stack, name, ipv4, ipv6, memoryMiB, console: hostPaths(lab, id).console },
    ...(running ? { state: "running", pid: process.pid } : { state: "stopped" }),
  };
}

/** All hosts of the lab, of one stack if it is named, sorted. */
export function listHosts(lab: Lab, stack?: string): HostStatus[] {
  return listIds(lab)
    .filter((id) => stack === undefined || id.stack === stack)
    .map((id) => hostStatus(lab, id))
    .filter((status): status is HostStatus => status !== undefined);
}
