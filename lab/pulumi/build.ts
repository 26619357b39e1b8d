import { createHash } from "node:crypto";
import { createReadStream, existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { UserError } from "../deploy/user-error";
import type { Progress } from "../machine/lab";
import { withLock } from "../machine/lock";
import { CommandError, run } from "../machine/run";
import { cacheFolder, ensureCache } from "./cache";
import { compile } from "./compile";
import { findGo } from "./go";
import type { Installed } from "./installed";

const MODULE = join(__dirname, "module");
const LEFT_OUT = join(MODULE, "left-out");

/** The engine's version, as go.mod pins it. */
export const BUILT_VERSION =
  /^\s*github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)$/m.exec(
    readFileSync(join(MODULE, "go.mod"), "utf8"),
  )?.[1] ?? "";

/** By version, and by all that it is made of. */
function place(): string {
  const hash = createHash("sha256");
  for (const file of moduleFiles()) hash.update(`${relative(MODULE, file)}\0`).update(readFileSync(file));
  return join(cacheFolder(), `built-${BUILT_VERSION}-${hash.digest("hex").slice(0, 12)}`);
}

function moduleFiles(folder = MODULE): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(go|mod|sum)$/.test(name))
    .map((name) => join(folder, name))
    .sort();
}

/** The engine that was built before; one that is not what was built is thrown away. */
export async function keptBuild(say: Progress): Promise<Installed | undefined> {
  const folder = place();
  if (!existsSync(folder)) return undefined;
  const command = join(folder, "bin", "pulumi");
  if (await isIntact(command)) return { command, version: BUILT_VERSION, from: "built from its Go module" };
  say(`the engine in ${folder} is damaged, and is built anew`);
  await rm(folder, { recursive: true, force: true });
  return undefined;
}

async function isIntact(command: string): Promise<boolean> {
  try {
    return (await readFile(`${command}.sha256`, "utf8")) === (await digest(command));
  } catch {
    return false;
  }
}

async function digest(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return `${hash.digest("hex")}\n`;
}

/**
 * Builds the engine, one build at a time, beside its place, and moves it there when it is whole. What Go has compiled
 * is kept in Go's own cache, so one that was ended half way goes on.
 * @throws UserError where it can't be built, with the remedy
 */
export async function build(say: Progress): Promise<Installed> {
  const cache = await ensureCache();
  return withLock(join(cache, "build.lock"), async () => {
    const made = await keptBuild(say);
    if (made !== undefined) return made;
    await buildAt(place(), cache, say);
    const built = await keptBuild(say);
    if (built === undefined) throw new Error(`${place()} is not what was built`);
    return built;
  });
}

async function buildAt(target: string, cache: string, say: Progress): Promise<void> {
  const go = await findGo(cache, say);
  const half = `${target}.building`;
  await rm(half, { recursive: true, force: true });
  try {
    await mkdir(join(half, "bin"), { recursive: true });
    const source = join(half, "source");
    await mkdir(source);
    for (const name of ["main.go", "go.mod", "go.sum"]) await cp(join(MODULE, name), join(source, name));
    say("fetching the modules of Pulumi's engine");
    await run([go, "mod", "vendor"], { directory: source, environment: goEnvironment() });
    await leaveOut(join(source, "vendor"));
    const command = join(half, "bin", "pulumi");
    await compile({ go, source, command, version: BUILT_VERSION, environment: goEnvironment() }, say);
    await writeFile(`${command}.sha256`, await digest(command));
    await rm(source, { recursive: true });
    await rename(half, target);
  } catch (error) {
    await rm(half, { recursive: true, force: true });
    if (!(error instanceof CommandError)) throw error;
    throw new UserError(
      `Pulumi's engine can't be built (${error.message}): Go needs its module proxy (GOPROXY) and some 3 GB of disk; or put pulumi on PATH`,
    );
  }
}

/** A C compiler is not needed, and the machine's settings are for other work. */
function goEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, CGO_ENABLED: "0", GOFLAGS: "", GOTOOLCHAIN: "local", GOWORK: "off" };
}

/** Puts what is here in place of the packages that the lab has no use for. */
async function leaveOut(vendor: string): Promise<void> {
  for (const file of moduleFiles(LEFT_OUT)) {
    const folder = join(vendor, relative(LEFT_OUT, dirname(file)));
    for (const name of readdirSync(folder)) if (/\.(go|s)$/.test(name)) await rm(join(folder, name));
    await cp(file, join(folder, "left_out.go"));
  }
}
