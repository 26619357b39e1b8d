import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { ownYaml } from "./own-data";
import { PROJECT } from "./session";
import { configFile, type StackConfig } from "./stack-config";

/** The lab's clouds, used by the engine in place of the providers of the same name. */
const CLOUDS = Object.fromEntries(
  ["aws", "linode"].map((name) => [name, join(PROJECT, "lab", "clouds", name)]),
);

/**
 * Makes the folder a project of the same name as this one, whose files are links to this one's, with the lab's clouds
 * as providers: so that the stack files under review never get the lab's secrets.
 * @param more folders of other providers, by name
 */
export function linkProject(folder: string, from = PROJECT, more: Record<string, string> = {}): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(from)) {
    if (name.startsWith(".") || /^Pulumi\..*yaml$/.test(name) || name === "Pulumi.yaml") continue;
    const link = join(folder, name);
    rmSync(link, { force: true });
    symlinkSync(join(from, name), link);
  }
  const project = ownYaml<Record<string, unknown>>(readFileSync(join(from, "Pulumi.yaml"), "utf8"));
  const providers = Object.entries({ ...CLOUDS, ...more }).map(([name, path]) => ({ name, path }));
  writeFileSync(join(folder, "Pulumi.yaml"), stringify({ ...project, plugins: { providers } }));
}

/** Writes a stack's config, without its secrets, and keeps what its secrets are encrypted with. */
export function writeConfig(folder: string, stack: string, config: StackConfig): void {
  const path = join(folder, `Pulumi.${stack}.yaml`);
  const made = existsSync(path) ? ownYaml<{ encryptionsalt?: string }>(readFileSync(path, "utf8")) : {};
  const salt = made.encryptionsalt === undefined ? "" : stringify({ encryptionsalt: made.encryptionsalt });
  writeFileSync(path, salt + configFile(config), { mode: 0o600 });
}
