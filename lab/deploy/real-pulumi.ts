import { spawn } from "node:child_process";
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
import { type Finished, runToEnd } from "../../fleet/ssh";
import { type Deployment, type Engine, type EngineOptions, PARALLEL } from "./engine";
import { labEnvironment } from "../machine/lab";
import { ownJson, ownYaml } from "./own-data";
import type { Screen } from "../engine/status-line";
import { GUARDRAILS, PROJECT, UserError } from "./session";
import { configFile } from "./stack-config";

/** The lab's clouds, used by the real engine in place of the providers of the same name. */
const CLOUDS = ["aws", "linode"];

const INHERITED = ["inherit", "inherit"] as const;
const PIPED = ["pipe", "pipe"] as const;

/**
 * The real command with a local backend. It works in a project folder of the lab's own, which links to this one's
 * files, so that the stack files under review never get the lab's secrets.
 */
export class RealPulumi implements Engine {
  readonly name: string;

  /** @param output where what the command prints goes; absent, it has this process's own */
  constructor(
    private readonly command: string,
    private readonly output?: Screen,
  ) {
    this.name = `pulumi (${command})`;
  }

  async create(options: EngineOptions): Promise<void> {
    const argv = ["stack", "select", "--create", options.session.name];
    await this.quietly(argv, linkProject(options), this.environment(options));
  }

  async run(options: EngineOptions): Promise<Deployment> {
    const { operation, session, replace } = options;
    const folder = linkProject(options);
    const environment = this.environment(options);
    await this.create(options);
    await this.configure(options, folder, environment);
    const code = await this.loudly(argumentsOf(operation, session.name, replace), folder, environment);
    return { ok: code === 0, outputs: await this.outputs(session.name, folder, environment), failed: [] };
  }

  async forget(options: EngineOptions): Promise<void> {
    const folder = linkProject(options);
    const argv = ["stack", "rm", "--yes", "--stack", options.session.name];
    await this.quietly(argv, folder, this.environment(options));
    rmSync(folder, { recursive: true, force: true });
  }

  private environment(options: EngineOptions): NodeJS.ProcessEnv {
    const backend = join(options.lab.folder, "pulumi");
    mkdirSync(backend, { recursive: true, mode: 0o700 });
    // Asked for here, so that the file exists.
    void options.session.environment.passphrase;
    return {
      ...process.env,
      ...labEnvironment(options.lab),
      PULUMI_BACKEND_URL: `file://${backend}`,
      PULUMI_CONFIG_PASSPHRASE: undefined,
      PULUMI_CONFIG_PASSPHRASE_FILE: options.session.environment.path("passphrase"),
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
  }

  /** Secrets go by standard input, so that no process list shows them. */
  private async configure(
    options: EngineOptions,
    folder: string,
    environment: NodeJS.ProcessEnv,
  ): Promise<void> {
    const { session, config, secrets, passwords } = options;
    const path = join(folder, `Pulumi.${session.name}.yaml`);
    const made = existsSync(path) ? ownYaml<{ encryptionsalt?: string }>(readFileSync(path, "utf8")) : {};
    const salt = made.encryptionsalt === undefined ? "" : stringify({ encryptionsalt: made.encryptionsalt });
    writeFileSync(path, salt + configFile(config), { mode: 0o600 });
    const set = (key: string[], value: string) =>
      this.quietly(
        ["config", "set", "--secret", ...key, "--stack", session.name],
        folder,
        environment,
        value,
      );
    for (const [key, secret] of Object.entries(secrets)) await set([`palisade:${key}`], secret);
    for (const [person, hash] of Object.entries(passwords)) {
      await set(["--path", `palisade:passwords.${person}`], hash);
    }
  }

  private async outputs(
    stack: string,
    folder: string,
    environment: NodeJS.ProcessEnv,
  ): Promise<Record<string, unknown> | undefined> {
    const argv = ["stack", "output", "--json", "--show-secrets", "--stack", stack];
    const { code, stdout } = await runToEnd([this.command, ...argv], "", { cwd: folder, env: environment });
    const outputs = code === 0 ? ownJson<Record<string, unknown>>(stdout) : {};
    return Object.keys(outputs).length === 0 ? undefined : outputs;
  }

  private async quietly(
    argv: string[],
    folder: string,
    environment: NodeJS.ProcessEnv,
    stdin = "",
  ): Promise<Finished> {
    const finished = await runToEnd([this.command, ...argv, "--non-interactive"], stdin, {
      cwd: folder,
      env: environment,
    });
    if (finished.code !== 0) {
      throw new UserError(`pulumi ${argv.slice(0, 2).join(" ")} failed:\n${finished.stderr.trim()}`);
    }
    return finished;
  }

  private loudly(argv: string[], folder: string, environment: NodeJS.ProcessEnv): Promise<number> {
    return new Promise((resolve, reject) => {
      const child = spawn(this.command, argv, {
        cwd: folder,
        env: environment,
        stdio: ["ignore", ...(this.output === undefined ? INHERITED : PIPED)],
      });
      for (const stream of [child.stdout, child.stderr])
        stream?.setEncoding("utf8").on("data", (text: string) => this.output?.write(text));
      child.on("error", reject);
      child.on("close", (code) => resolve(code ?? 255));
    });
  }
}

function argumentsOf(operation: EngineOptions["operation"], stack: string, replace: string[]): string[] {
  const common = ["--stack", stack, "--non-interactive"];
  switch (operation) {
    case "preview":
      return ["preview", "--diff", "--policy-pack", GUARDRAILS, ...common];
    case "up":
      return [
        "up",
        "--yes",
        "--skip-preview",
        "--continue-on-error",
        "--policy-pack",
        GUARDRAILS,
        "--parallel",
        String(PARALLEL),
        ...common,
        ...replace.flatMap((name) => ["--replace", `**::${name}`]),
      ];
    case "destroy":
      return ["destroy", "--yes", "--skip-preview", ...common];
    default: {
      const exhaustive: never = operation;
      return exhaustive;
    }
  }
}

/** A project of the same name whose files are links to this one's, with the lab's clouds as providers. */
function linkProject(options: EngineOptions): string {
  const folder = join(options.lab.folder, "project", options.session.name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(PROJECT)) {
    if (name.startsWith(".") || /^Pulumi\..*yaml$/.test(name)) continue;
    const link = join(folder, name);
    rmSync(link, { force: true });
    symlinkSync(join(PROJECT, name), link);
  }
  const project = ownYaml<Record<string, unknown>>(readFileSync(join(PROJECT, "Pulumi.yaml"), "utf8"));
  const providers = CLOUDS.map((name) => ({ name, path: join(PROJECT, "lab", "clouds", name) }));
  writeFileSync(join(folder, "Pulumi.yaml"), stringify({ ...project, plugins: { providers } }));
  return folder;
}
