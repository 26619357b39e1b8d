import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Progress } from "../machine/lab";
import { CommandError, run, untilParentEnds } from "../machine/run";

/** A Go program to be compiled. */
export interface Compilation {
  go: string;
  /** Folder with the program's module and its vendor folder. */
  source: string;
  /** Path of the program that is made. */
  command: string;
  version: string;
  environment: NodeJS.ProcessEnv;
}

const VERSION = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
const EVERY_MS = 15_000;

/** Compiles it, and says every now and then how far it is. @throws CommandError */
export async function compile(what: Compilation, say: Progress): Promise<void> {
  const { go, source, command, version, environment } = what;
  const listed = await run([go, "list", "-deps", "."], { directory: source, environment });
  const count = listed.trim().split("\n").length;
  say(`compiling Pulumi's engine ${version}, once (${count} packages; two minutes on two idle cores)`);
  const flags = ["-mod=vendor", "-trimpath", "-ldflags", `-s -w -X ${VERSION}=v${version}`];
  const [program, ...args] = untilParentEnds([go, "build", "-v", ...flags, "-o", command, "."]);
  const child = spawn(program, args, {
    cwd: source,
    env: environment,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => said.push(line));
  const timer = setInterval(() => say(`compiled ${said.length} of at most ${count} packages`), EVERY_MS);
  const started = Date.now();
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).finally(() => clearInterval(timer));
  if (status !== 0) throw new CommandError([go, "build"], status, said.join("\n"), `exit status ${status}`);
  say(`Pulumi's engine is ready after ${Math.round((Date.now() - started) / 1000)} s`);
}
