/** The lab's language host and provider, and those of a release where they are on PATH: spoken to alike. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { attach, type AttachOptions } from "../../../lab/attached";

export interface Served {
  address: string;
  /** What a program printed that no engine was told. */
  printed(): string;
  stop(): Promise<void>;
}

/** One of the two that the same tests are played against. */
export interface Original {
  name: string;
  /** Why it can't be; undefined where it can. */
  missing: string | undefined;
  start: (engine: string) => Promise<Served>;
}

export async function serveAttached(options: Partial<AttachOptions>): Promise<Served> {
  let printed = "";
  const attached = await attach({ languageHost: false, command: false, ...options }, (text) => {
    printed += text;
  });
  const [variable = ""] = Object.values(attached.environment);
  const port = variable.replace(/^.*:/, "");
  return { address: `127.0.0.1:${port}`, printed: () => printed, stop: () => attached.close() };
}

/** A program of a release, found as the engine finds it. */
export function release(name: string): Original {
  const file = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((one) => existsSync(one));
  const missing = file === undefined ? `${name} is not on PATH` : undefined;
  if (missing !== undefined) console.error(`NOT COMPARED with the one of a release: ${missing}`);
  return { name, missing, start: (engine) => startRelease(file ?? "", engine) };
}

async function startRelease(file: string, engine: string): Promise<Served> {
  const child = spawn(file, [engine], { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const port = await new Promise<string>((resolve, reject) => {
    let first = true;
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (first) resolve(line);
      else printed += `${line}\n`;
      first = false;
    });
    child.once("exit", () => reject(new Error(`${file} ended: ${printed}`)));
  });
  const stop = async (): Promise<void> => {
    child.removeAllListeners("exit");
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  return { address: `127.0.0.1:${port}`, printed: () => printed, stop };
}
