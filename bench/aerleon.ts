import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const VENV = join(__dirname, ".venv");
const ACLGEN = join(VENV, "bin", "aclgen");

/** Aerleon's command in the benchmarks' own environment; undefined where it is not installed. */
export function findAerleon(): string | undefined {
  return existsSync(ACLGEN) ? ACLGEN : undefined;
}

/**
 * Installs Aerleon, in the versions of requirements.txt, into bench/.venv, unless it is there.
 * @returns its command, or why it cannot be had
 */
export function installAerleon(): { command: string } | { problem: string } {
  const steps = [
    ["python3", "-m", "venv", VENV],
    [
      join(VENV, "bin", "pip"),
      "install",
      "--quiet",
      "--disable-pip-version-check",
      "-r",
      join(__dirname, "requirements.txt"),
    ],
  ];
  const found = findAerleon();
  if (found !== undefined) return { command: found };
  for (const [program = "", ...args] of steps) {
    const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
    if (status !== 0) return { problem: `${program}: ${error?.message ?? stderr.trim().slice(-500)}` };
  }
  return { command: ACLGEN };
}

/** The version of Aerleon that is measured, and of the Python that runs it. */
export function aerleonVersion(): string {
  const code =
    "import sys, importlib.metadata as m; print(m.version('aerleon'), 'on Python', sys.version.split()[0])";
  return spawnSync(join(VENV, "bin", "python"), ["-c", code], { encoding: "utf8" }).stdout.trim();
}
