/** A plugin's process: started on demand, found by the port it prints, ended with the run. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { tiedToThisProcess } from "../tied-process";

/** A plugin that transpiles TypeScript on a busy machine needs some seconds. */
const START_MILLISECONDS = 60_000;
const END_MILLISECONDS = 3_000;
const STDERR_LINES = 20;

export interface PluginCommand {
  command: string[];
  env?: Record<string, string>;
  /** Default: this process's own. */
  cwd?: string;
}

export interface PluginProcess {
  address: string;
  stop(): Promise<void>;
}

/**
 * Starts a plugin and waits for its port. Throws, with what it printed, when it ends or stays silent.
 * @param what it is, such as `provider aws`
 * @param onLine what the plugin prints later, line by line
 */
export async function startPlugin(
  what: string,
  { command, env, cwd }: PluginCommand,
  onLine: (line: string) => void,
): Promise<PluginProcess> {
  const [program = "", ...args] = tiedToThisProcess(command);
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    errors.push(line);
    errors.splice(0, errors.length - STDERR_LINES);
    onLine(line);
  });
  const end = once(child);
  try {
    const port = await firstLine(child, end, onLine);
    if (!/^\d+$/.test(port)) throw new Error(`it printed "${port}" where its port was expected`);
    return { address: `127.0.0.1:${port}`, stop: () => stop(child, end) };
  } catch (error) {
    await stop(child, end);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error([`${what} did not start: ${reason}`, ...errors].join("\n"));
  }
}

/** Resolves when the process is gone, with a word on how; never rejects. */
function once(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) =>
      resolve(signal === null ? `it ended with code ${code}` : `it ended by ${signal}`),
    );
  });
}

async function firstLine(
  child: ChildProcess,
  end: Promise<string>,
  onLine: (line: string) => void,
): Promise<string> {
  const { stdout } = child;
  if (stdout === null) throw new Error("it has no output");
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no port within ${START_MILLISECONDS / 1000} s`)),
      START_MILLISECONDS,
    );
    let found = false;
    createInterface({ input: stdout }).on("line", (line) => {
      if (found) return onLine(line);
      found = true;
      clearTimeout(timer);
      resolve(line.trim());
    });
    void end.then((how) => {
      clearTimeout(timer);
      reject(new Error(how));
    });
  });
}

async function stop(child: ChildProcess, end: Promise<string>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), END_MILLISECONDS);
  await end;
  clearTimeout(timer);
}
