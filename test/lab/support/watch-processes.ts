import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Reads the command lines of all processes of this machine, those of the lab's kernels among
 * them, again and again until stopped.
 * @returns what was seen, each text once
 */
export function watchProcesses(): () => Promise<string[]> {
  const seen = new Set<string>();
  let watching = true;
  const watch = async () => {
    while (watching) {
      for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) seen.add(commandLine(pid));
      await sleep(50);
    }
  };
  const done = watch();
  return async () => {
    watching = false;
    await done;
    return [...seen];
  };
}

/** Empty where the process has ended. */
function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}
