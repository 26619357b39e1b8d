import { mkdirSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import { attach } from "../attached";
import { ownJson } from "../deploy/own-data";
import { callPulumi, operate, type Listener, type Setting } from "./call";
import type { Installed } from "./installed";
import { findParts, pathWith } from "./parts";

/** Where a stack is kept: nothing of the user's own is asked or changed. */
export interface StackPlace {
  name: string;
  /** Of the project, with its Pulumi.yaml. */
  folder: string;
  /** The folder of the states. */
  backend: string;
  /** The folder that stands for the user's own. */
  home: string;
  /** The file of what encrypts the secrets in the state. */
  passphraseFile: string;
  /** Of the command, its programs and its providers, beside this process's own. */
  environment?: NodeJS.ProcessEnv;
  /** Whether the project names a provider of remote commands of its own. */
  ownCommand?: boolean;
}

/** Nothing is downloaded. */
const SETTINGS = {
  PULUMI_CONFIG_PASSPHRASE: undefined,
  PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  PULUMI_NODEJS_TRANSPILE_ONLY: "true",
  PULUMI_SKIP_UPDATE_CHECK: "true",
};

/** A stack with local state. What the engine lacks is served by this process, for as long as an operation runs. */
export class PulumiStack {
  private readonly setting: Setting;
  private readonly parts;

  constructor(
    installed: Installed,
    private readonly place: StackPlace,
  ) {
    this.parts = findParts(installed);
    mkdirSync(place.backend, { recursive: true, mode: 0o700 });
    this.setting = {
      command: installed.command,
      folder: place.folder,
      environment: {
        ...process.env,
        ...SETTINGS,
        PATH: [dirname(installed.command), pathWith(this.parts)].join(delimiter),
        PULUMI_HOME: place.home,
        PULUMI_BACKEND_URL: `file://${place.backend}`,
        PULUMI_CONFIG_PASSPHRASE_FILE: place.passphraseFile,
        ...place.environment,
      },
    };
  }

  /** Makes the stack, empty, where there is none yet: others can then refer to it. */
  async create(): Promise<void> {
    await this.call(["stack", "select", "--create", this.place.name]);
  }

  /** Sets a secret of the config, by standard input, so that no process list shows it. @param path of a part of a value */
  async setSecret(key: string, secret: string, path = false): Promise<void> {
    await this.call(["config", "set", "--secret", ...(path ? ["--path"] : []), key, ...this.named], secret);
  }

  /** Frees the stack of the lock of a run that was killed. */
  async cancel(): Promise<void> {
    await this.call(["cancel", "--yes", ...this.named]);
  }

  /** @returns whether it went well */
  async operate(argv: readonly string[], listener: Listener): Promise<boolean> {
    const { languageHost, command } = this.parts;
    const attached = await attach(
      {
        languageHost: languageHost === undefined,
        command: command === undefined && this.place.ownCommand !== true,
        environment: this.setting.environment,
      },
      (text) => listener.complaint(text),
    );
    try {
      const environment = { ...this.setting.environment, ...attached.environment };
      return (await operate({ ...this.setting, environment }, [...argv, ...this.named], listener)) === 0;
    } finally {
      await attached.close();
    }
  }

  /** With secrets in clear; undefined where there are none. */
  async outputs(): Promise<Record<string, unknown> | undefined> {
    const { stdout } = await this.call(["stack", "output", "--json", "--show-secrets", ...this.named]);
    const outputs = ownJson<Record<string, unknown>>(stdout);
    return Object.keys(outputs).length === 0 ? undefined : outputs;
  }

  /** Drops the stack, which has no resources any more. */
  async remove(): Promise<void> {
    await this.call(["stack", "rm", "--yes", ...this.named]);
  }

  private get named(): string[] {
    return ["--stack", this.place.name];
  }

  private call(argv: string[], stdin?: string) {
    return callPulumi(this.setting, argv, stdin);
  }
}
