import { readdirSync, readFileSync } from "node:fs";

/** A process as it was when it was recorded; the start time tells it from a later one with the same pid. */
export interface ProcessRecord {
  pid: number;
  /** Clock ticks after the machine's boot, field 22 of proc(5) stat. */
  started: number;
}

interface ProcessStat extends ProcessRecord {
  command: string;
  state: string;
  group: number;
}

/** Reads the text of a `/proc/PID/stat`. Undefined if it is none. */
export function parseStat(text: string): ProcessStat | undefined {
  // The command's name stands in parentheses and may itself contain some.
  const match = /^(\d+) \((.*)\) (\S) (.*)$/s.exec(text.trim());
  if (match === null) return undefined;
  const fields = (match[4] ?? "").split(" ");
  return {
    pid: Number(match[1]),
    command: match[2] ?? "",
    state: match[3] ?? "",
    group: Number(fields[1]),
    started: Number(fields[18]),
  };
}

/** The record of the process that asks. */
export function ownProcess(): ProcessRecord {
  const stat = readStat(process.pid);
  if (stat === undefined) throw new Error("/proc is not mounted");
  return { pid: stat.pid, started: stat.started };
}

/** Whether the recorded process, and not one that took its pid later, still runs. */
export function isAlive(record: ProcessRecord): boolean {
  const stat = readStat(record.pid);
  return stat !== undefined && stat.started === record.started && stat.state !== "Z";
}

/**
 * Kills the recorded process and what it started, at once and without mercy. A kernel in user mode runs its
 * processes in helpers of the same process group, which outlive it and keep its network card busy.
 */
export function killWithHelpers(record: ProcessRecord): void {
  if (isAlive(record)) signal(-record.pid);
  for (const pid of helpers(record)) signal(pid);
}

/** Whether the process or one of its helpers is still there. */
export function isGone(record: ProcessRecord): boolean {
  return !isAlive(record) && helpers(record).length === 0;
}

/** Live members of the recorded leader's group. A pid that names a group is not given to another process. */
function helpers(record: ProcessRecord): number[] {
  const leader = readStat(record.pid);
  if (leader !== undefined && leader.started !== record.started) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((stat): stat is ProcessStat => stat !== undefined)
    .filter((stat) => stat.group === record.pid && stat.started >= record.started && stat.state !== "Z")
    .filter((stat) => stat.command === "linux.uml")
    .map((stat) => stat.pid);
}

function readStat(pid: number): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    // It ended meanwhile.
    return undefined;
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
