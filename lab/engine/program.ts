/** The Pulumi program as a process of its own, run by the SDK's own entry point. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { EngineRun } from "./options";
import { tiedToThisProcess } from "./tied-process";

/** How long a program may take to leave after the run is over. */
const LEAVE_MILLISECONDS = 10_000;
const STDERR_LINES = 20;

/** The SDK reported the reason through the engine before it left with this code. */
const ALREADY_REPORTED = 32;

export interface ProgramEnd {
  ok: boolean;
  /** Empty where the program has already told the engine. */
  reason: string;
}

export interface Program {
  end: Promise<ProgramEnd>;
  /** Ends the program if it has not left by itself some seconds from now. */
  dismiss(): void;
}

/**
 * Starts the program.
 * @param address of the monitor and the engine
 * @param onLine what it prints
 */
export function startProgram(run: EngineRun, address: string, onLine: (line: string) => void): Program {
  const entry = createRequire(join(run.projectDir, "index.js")).resolve("@pulumi/pulumi/cmd/run/index.js");
  const [command = "", ...args] = tiedToThisProcess([process.execPath, entry, ...programArgs(run, address)]);
  const child = spawn(command, args, {
    cwd: run.projectDir,
    env: { ...process.env, ...programEnv(run), ...run.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const errors: string[] = [];
  createInterface({ input: child.stdout }).on("line", onLine);
  createInterface({ input: child.stderr }).on("line", (line) => {
    errors.push(line);
    errors.splice(0, errors.length - STDERR_LINES);
    onLine(line);
  });
  const end = new Promise<ProgramEnd>((resolve) => {
    child.once("error", (error) =>
      resolve({ ok: false, reason: `the program did not start: ${error.message}` }),
    );
    child.once("close", (code, signal) => resolve(endOf(code, signal)));
  });
  const dismiss = (): void => {
    const timer = setTimeout(() => child.kill("SIGKILL"), LEAVE_MILLISECONDS);
    void end.then(() => clearTimeout(timer));
  };
  return { end, dismiss };
}

function endOf(code: number | null, signal: string | null): ProgramEnd {
  if (code === 0) return { ok: true, reason: "" };
  if (code === ALREADY_REPORTED) return { ok: false, reason: "" };
  return {
    ok: false,
    reason: `the program ended ${code === null ? `by ${signal ?? "a signal"}` : `with code ${code}`}`,
  };
}

function programArgs(run: EngineRun, address: string): string[] {
  const options = {
    monitor: address,
    engine: address,
    organization: run.organization ?? "organization",
    project: run.project,
    stack: run.stack,
    "root-directory": run.projectDir,
    pwd: run.projectDir,
    parallel: String(run.parallel ?? 16),
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  return [...args, ...(run.operation === "preview" ? ["--dry-run"] : []), "."];
}

/** Type checks are the compiler's work, not each run's: the program is only transpiled. */
function programEnv(run: EngineRun): Record<string, string> {
  const tsconfig = join(run.projectDir, "tsconfig.json");
  return {
    PULUMI_CONFIG: JSON.stringify(run.config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(run.secretKeys),
    PULUMI_NODEJS_TYPESCRIPT: "true",
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    ...(existsSync(tsconfig) ? { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig } : {}),
  };
}
