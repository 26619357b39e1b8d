import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Lab, Progress } from "../machine/lab";
import { build, keptBuild } from "./build";
import type { Installed } from "./installed";
import { pulumiOnPath } from "./on-path";
import { fetchRelease, keptRelease } from "./release";

/**
 * The engine that the lab works with: the command on PATH, else its release, else one that is built from its Go
 * module. What was fetched or built once is kept, and no network is asked again.
 * @throws UserError where there is none to be had, with the remedy
 */
export async function findPulumi(lab: Lab, say: Progress): Promise<Installed> {
  const home = pulumiHome(lab);
  return (
    pulumiOnPath(home, say) ??
    (await keptRelease(home, say)) ??
    (await keptBuild(say)) ??
    (await fetchRelease(home, say)) ??
    (await build(say))
  );
}

/** The folder that stands for the user's own, which the lab never touches. */
export function pulumiHome(lab: Lab): string {
  const home = join(lab.folder, "pulumi-home");
  mkdirSync(home, { recursive: true, mode: 0o700 });
  return home;
}
