import { randomBytes } from "node:crypto";
import { isString, pickBy } from "lodash";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { SECRET_BYTES, type SecretKey } from "../../compiler/identity/keys";
import { Folder } from "../../fleet/folder";

/** Where the lab keeps what belongs to one stack. */
export class StackFiles extends Folder {
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

  /** The second secret while the environment's is exchanged; undefined otherwise. */
  get nextSecret(): string | undefined {
    return this.read("next-secret")?.trim();
  }

  /** As `nextSecret`, once the next one is in force. */
  get previousSecret(): string | undefined {
    return this.read("previous-secret")?.trim();
  }

  /** All that there are, by key of the config. */
  get secrets(): Partial<Record<SecretKey, string>> {
    const { secret, nextSecret, previousSecret } = this;
    return pickBy({ secret, nextSecret, previousSecret }, isString);
  }

  /** Makes the secret that comes next, unless there is one. */
  announceSecret(): void {
    void this.secret;
    this.once("next-secret", () => randomBytes(SECRET_BYTES).toString("base64"));
  }

  /** The next secret is in force, the one that was is kept beside it. Done in steps of which each can be repeated. */
  switchSecret(): void {
    const next = this.nextSecret;
    if (next === undefined) throw new Error("there is no next secret");
    if (this.secret !== next) this.write("previous-secret", `${this.secret}\n`);
    this.write("secret", `${next}\n`);
    rmSync(this.path("next-secret"));
  }

  dropSecret(): void {
    rmSync(this.path("previous-secret"));
  }

  /** The file of what encrypts the secrets in the stacks' states. */
  get passphraseFile(): string {
    this.once("passphrase", () => randomBytes(24).toString("base64url"));
    return this.path("passphrase");
  }
}
