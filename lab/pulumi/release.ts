import { PulumiCommand } from "@pulumi/pulumi/automation";
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { version as SDK_VERSION } from "@pulumi/pulumi/version";
import type { Progress } from "../machine/lab";
import { withLock } from "../machine/lock";
import { cacheFolder, ensureCache } from "./cache";
import { type Installed, versionOf } from "./installed";

const SITE = "https://get.pulumi.com/install.sh";
/** After which a site that does not answer is given up. */
const PATIENCE_MS = 5000;

const place = (): string => join(cacheFolder(), `release-${SDK_VERSION}`);

/** The release that was fetched before; one that does not run is thrown away. */
export async function keptRelease(home: string, say: Progress): Promise<Installed | undefined> {
  const folder = place();
  if (!existsSync(folder)) return undefined;
  const command = join(folder, "bin", "pulumi");
  if (versionOf(command, home) === SDK_VERSION) return { command, version: SDK_VERSION, from: "its release" };
  say(`the release of pulumi in ${folder} is damaged, and is thrown away`);
  await rm(folder, { recursive: true, force: true });
  return undefined;
}

/** The release of the SDK's version, by the Automation API's own installer; undefined where it can't be reached. */
export async function fetchRelease(home: string, say: Progress): Promise<Installed | undefined> {
  try {
    await fetch(SITE, { method: "HEAD", signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    say("Pulumi's release can't be reached from here");
    return undefined;
  }
  const cache = await ensureCache();
  await withLock(join(cache, "release.lock"), () => install(say));
  return keptRelease(home, say);
}

/** Beside its place, and moved there when it is whole. */
async function install(say: Progress): Promise<void> {
  if (existsSync(place())) return;
  const half = `${place()}.fetching`;
  say(`fetching pulumi ${SDK_VERSION} from get.pulumi.com`);
  await rm(half, { recursive: true, force: true });
  try {
    await PulumiCommand.install({ root: half });
    await rename(half, place());
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
    say(`it can't be fetched: ${reason ?? ""}`);
    await rm(half, { recursive: true, force: true });
  }
}
