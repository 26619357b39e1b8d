import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** What one run of a command took, with all processes that it waited for. */
export interface Cost {
  /** Seconds by the clock. */
  wall: number;
  /** Seconds of all cores, in user and in system mode. */
  cpu: number;
  /** The most memory that its largest process held, in KiB. */
  peakKiB: number;
}

/**
 * Runs a command and measures it; its standard output is thrown away.
 * @param command absolute path of a program, and its arguments
 * @throws if it fails, with the end of what it wrote to standard error
 */
export function measure(command: readonly string[], folder: string): Cost {
  const script = join(__dirname, "measure.py");
  const { status, stdout, stderr, error } = spawnSync("python3", [script, ...command], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command.join(" ")} failed:\n${stderr.slice(-2000)}`);
  return JSON.parse(stdout) as Cost;
}

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}
