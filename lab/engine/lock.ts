/** One run at a time on one stack: a lock file that names the process holding it. */
import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { readIfThere } from "./state-file";

interface Holder {
  pid: number;
  /** Start time from /proc, since process ids are used again; empty where there is no /proc. */
  started: string;
  operation: string;
  /** Tells one lock from another. */
  token: string;
}

export interface Lock {
  release(): Promise<void>;
}

/** Takes the lock beside a state file. Throws, naming the holder, while a live process holds it. */
export async function takeLock(stateFile: string, operation: string): Promise<Lock> {
  const file = `${stateFile}.lock`;
  const mine: Holder = {
    pid: process.pid,
    started: await startTime(process.pid),
    operation,
    token: randomUUID(),
  };
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  for (;;) {
    if (await place(file, mine)) return { release: () => release(file, mine) };
    const holder = await readHolder(file);
    if (holder === undefined) continue;
    if (await alive(holder)) {
      throw new Error(
        `another ${holder.operation} of this stack is running (process ${holder.pid}); wait for it, ` +
          `or remove ${file} when it is none of the lab's`,
      );
    }
    await removeStale(file, holder);
  }
}

/** A link fails where the name is taken, and the file is whole as soon as it has the name. */
async function place(file: string, holder: Holder): Promise<boolean> {
  const temporary = `${file}.${holder.token}`;
  await writeFile(temporary, JSON.stringify(holder), { mode: 0o600 });
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    await unlink(temporary);
  }
}

async function readHolder(file: string): Promise<Holder | undefined> {
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  const fields = new Map<string, unknown>(Object.entries(parseObject(text)));
  const pid = fields.get("pid");
  const word = (name: string): string => {
    const value = fields.get(name);
    return typeof value === "string" ? value : "";
  };
  return {
    pid: typeof pid === "number" ? pid : 0,
    started: word("started"),
    operation: word("operation") || "run",
    token: word("token"),
  };
}

function parseObject(text: string): object {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

async function alive(holder: Holder): Promise<boolean> {
  if (holder.pid <= 0) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
  }
  return holder.started === "" || holder.started === (await startTime(holder.pid));
}

/** Moves a dead process's lock away; if another took it over meanwhile, theirs is put back. */
async function removeStale(file: string, stale: Holder): Promise<void> {
  const aside = `${file}.stale.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  const moved = await readHolder(aside);
  if (moved?.token !== stale.token) await link(aside, file).catch(() => undefined);
  await unlink(aside);
}

async function release(file: string, mine: Holder): Promise<void> {
  const holder = await readHolder(file);
  if (holder?.token === mine.token) await unlink(file);
}

/** Field 22 of /proc/PID/stat (proc(5)): clock ticks since boot at which the process began. */
async function startTime(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
