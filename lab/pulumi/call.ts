import { spawn } from "node:child_process";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { type Finished, runToEnd } from "../../fleet/ssh";
import { UserError } from "../deploy/user-error";
import { tiedToThisProcess } from "../machine/tied-process";
import { serveEvents } from "./events";

/** Where the command runs, and with what. */
export interface Setting {
  command: string;
  folder: string;
  environment: NodeJS.ProcessEnv;
}

/** What is told while an operation runs. */
export interface Listener {
  event(event: EngineEvent): void;
  /** What the command prints that is no event: why it could not begin. */
  complaint(text: string): void;
  /** The engine's process. */
  started?(pid: number): void;
  /** Aborted once to end when what is under way is done, and again to end at once. */
  stops: AbortSignal[];
}

/** Runs the command to its end, in silence. @throws UserError with what it said */
export async function callPulumi(setting: Setting, argv: string[], stdin = ""): Promise<Finished> {
  const { command, folder, environment } = setting;
  const options = { cwd: folder, env: environment };
  const finished = await runToEnd([command, ...argv, "--non-interactive"], stdin, options);
  if (finished.code !== 0) {
    throw new UserError(`pulumi ${argv.slice(0, 2).join(" ")} failed:\n${finished.stderr.trim()}`);
  }
  return finished;
}

/**
 * Runs an operation and tells of it. The command has a session of its own, so that a terminal's ^C reaches it once,
 * through `stops`; and it ends with this process, however that ends.
 * @returns its exit code
 */
export async function operate(setting: Setting, argv: string[], listener: Listener): Promise<number> {
  const { command, folder, environment } = setting;
  const events = await serveEvents((event) => listener.event(event));
  const own = ["--non-interactive", "--color", "never", "--event-log", events.address];
  const [program = "", ...args] = tiedToThisProcess([command, ...argv, ...own]);
  const child = spawn(program, args, {
    cwd: folder,
    // The engine takes a log of events as something for its own developers.
    env: { ...environment, PULUMI_DEBUG_COMMANDS: "true" },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  if (child.pid !== undefined) listener.started?.(child.pid);
  child.stderr.setEncoding("utf8").on("data", (text: string) => listener.complaint(text));
  for (const stop of listener.stops) stop.addEventListener("abort", () => child.kill("SIGINT"));
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code ?? 255));
    });
  } finally {
    events.close();
  }
}
