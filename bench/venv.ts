import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const VENV = join(__dirname, ".venv");

/** A program of the benchmarks' own Python environment; undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  const program = join(VENV, "bin", name);
  return existsSync(program) ? program : undefined;
}

/**
 * Installs what requirements.txt lists, in its versions, into bench/.venv, unless the program is there.
 * @returns the program, or why it cannot be had
 */
export function installProgram(name: string): { command: string } | { problem: string } {
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
  const found = findProgram(name);
  if (found !== undefined) return { command: found };
  for (const [program = "", ...args] of steps) {
    const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
    if (status !== 0) return { problem: `${program}: ${error?.message ?? stderr.trim().slice(-500)}` };
  }
  return { command: join(VENV, "bin", name) };
}

/** The version of an installed package, and of the Python that runs it. */
export function packageVersion(name: string): string {
  const code = `import sys, importlib.metadata as m; print(m.version(${JSON.stringify(name)}), 'on Python', sys.version.split()[0])`;
  return spawnSync(join(VENV, "bin", "python"), ["-c", code], { encoding: "utf8" }).stdout.trim();
}
