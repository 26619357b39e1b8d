import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SECRET_BYTES } from "../../compiler/identity/keys";

/** Where the lab keeps what belongs to one stack. Everything in it is readable by its owner only. */
export class StackFiles {
  constructor(readonly folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): string | undefined {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), "utf8") : undefined;
  }

  /** Writes whole or not at all. */
  write(name: string, text: string): string {
    const path = this.path(name);
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    return path;
  }

  protected once(name: string, make: () => string): string {
    const kept = this.read(name);
    if (kept !== undefined) return kept.trim();
    const value = make();
    this.write(name, `${value}\n`);
    return value;
  }
}

/** Where the lab keeps what all stacks of an environment have in common: its regions trust each other. */
export class EnvironmentFiles extends StackFiles {
  /** @param labFolder where the lab keeps its state */
  constructor(labFolder: string, environment: string) {
    super(join(labFolder, "environments", environment));
  }

  /** The environment's secret, made the first time it is asked for. */
  get secret(): string {
    return this.once("secret", () => randomBytes(SECRET_BYTES).toString("base64"));
  }

  /** What encrypts the secrets in the stacks' states. */
  get passphrase(): string {
    return this.once("passphrase", () => randomBytes(24).toString("base64url"));
  }
}
