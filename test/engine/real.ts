/** Runs a fixture program through the real `pulumi`, with a local backend in a folder of its own. */
import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import type { EngineResult } from "../../lab/engine";

/** Commands that must be on PATH: the engine, its host for Node programs, and the command provider. */
const NEEDED = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-command"];

/** Why there can be no comparison; undefined where there can. */
export function whyNoPulumi(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const missing = NEEDED.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
  return missing.length === 0 ? undefined : `${missing.join(", ")} not on PATH`;
}

/** Operations that the stand-in does not count. */
const UNCOUNTED = new Set(["same", "read", "discard"]);

export interface RealOutcome {
  ok: boolean;
  /** `name operation`, as the event log has them, sorted; the stack itself left out. */
  steps: string[];
  /** Resources by operation, without those that are the same. */
  changes: Record<string, number>;
  outputs: Record<string, unknown>;
  /** What policy packs found, as lines. */
  violations: string[];
  text: string;
}

interface LoggedEvent {
  resOutputsEvent?: { metadata: { op: string; urn: string; type: string } };
  policyEvent?: { resourceUrn?: string; message: string; policyName: string; enforcementLevel: string };
  summaryEvent?: { resourceChanges?: Record<string, number> };
}

/** A violation as one line, whichever engine told of it. */
export function violationLine(level: string, policy: string, urn: string, message: string): string {
  const plain = stripVTControlCharacters(message).replaceAll(/<\{%[^%]*%\}>/g, "");
  return `${level} ${policy} ${urn.split("::").pop() ?? ""}: ${plain.trim()}`;
}

/** What packs found in a run of the stand-in, as lines, sorted. */
export function violationLines({ violations }: Pick<EngineResult, "violations">): string[] {
  return violations
    .map(({ level, policy, urn, message }) => violationLine(level, policy, urn, message))
    .sort();
}

export class RealStack {
  readonly folder = mkdtempSync(join(tmpdir(), "engine-real-"));
  private readonly project: string;

  /**
   * @param fixture folder of the program, by its name under fixtures/ or by its path
   * @param environment of the program and the providers
   */
  constructor(
    fixture: string,
    private readonly environment: Record<string, string>,
  ) {
    this.project = join(this.folder, "project");
    mkdirSync(this.project);
    mkdirSync(join(this.folder, "backend"));
    const source = resolve(__dirname, "fixtures", fixture);
    for (const name of readdirSync(source).filter((file) => file !== "Pulumi.yaml")) {
      symlinkSync(join(source, name), join(this.project, name));
    }
    symlinkSync(join(__dirname, "../../node_modules"), join(this.project, "node_modules"));
    const clouds = join(__dirname, "../../lab/clouds");
    const plugins = {
      providers: [
        { name: "things", path: join(__dirname, "provider") },
        ...["aws", "linode"].map((name) => ({ name, path: join(clouds, name) })),
      ],
    };
    writeFileSync(
      join(this.project, "Pulumi.yaml"),
      JSON.stringify({ name: "fixture", runtime: "nodejs", plugins }),
    );
  }

  async prepare(): Promise<this> {
    await this.pulumi(["stack", "init", "dev"]);
    return this;
  }

  /** Another stack beside this one, with nothing in it. */
  async addStack(name: string): Promise<void> {
    await this.pulumi(["stack", "init", name, "--no-select"]);
  }

  async configure(config: Record<string, string>, secretKeys: string[]): Promise<void> {
    for (const [key, value] of Object.entries(config)) {
      const kind = secretKeys.includes(key) ? "--secret" : "--plaintext";
      await this.pulumi(["config", "set", kind, key, "--", value]);
    }
  }

  async run(operation: "preview" | "up" | "destroy", options: string[] = []): Promise<RealOutcome> {
    const log = join(this.folder, `events-${Date.now()}`);
    const flags = operation === "preview" ? [] : ["--yes", "--skip-preview", "--continue-on-error"];
    const { ok, text } = await this.pulumi([operation, ...flags, "--event-log", log, ...options]);
    const events: LoggedEvent[] = readFileSync(log, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line): LoggedEvent => JSON.parse(line) as LoggedEvent);
    const { text: outputs } = await this.pulumi(["stack", "output", "--json", "--show-secrets"]);
    const changes = events.findLast(({ summaryEvent }) => summaryEvent)?.summaryEvent?.resourceChanges ?? {};
    return {
      ok,
      text,
      steps: events.flatMap(({ resOutputsEvent: event }) => {
        if (event === undefined || event.metadata.type === "pulumi:pulumi:Stack") return [];
        return [`${event.metadata.urn.split("::").pop() ?? ""} ${event.metadata.op}`];
      }),
      changes: Object.fromEntries(Object.entries(changes).filter(([name]) => !UNCOUNTED.has(name))),
      outputs: JSON.parse(outputs) as Record<string, unknown>,
      violations: events.flatMap(({ policyEvent: found }) => {
        if (found === undefined) return [];
        const { enforcementLevel, policyName, resourceUrn = "", message } = found;
        return [violationLine(enforcementLevel, policyName, resourceUrn, message)];
      }),
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async pulumi(args: string[]): Promise<{ ok: boolean; text: string }> {
    const env = {
      ...process.env,
      ...this.environment,
      PULUMI_HOME: join(this.folder, "home"),
      PULUMI_BACKEND_URL: `file://${join(this.folder, "backend")}`,
      PULUMI_CONFIG_PASSPHRASE: "a passphrase of the tests",
      PULUMI_DEBUG_COMMANDS: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    const options = { cwd: this.project, env, maxBuffer: 64 * 1024 * 1024 };
    const argv = [...args.slice(0, 3), "--non-interactive", ...args.slice(3)];
    try {
      const { stdout } = await promisify(execFile)("pulumi", argv, options);
      return { ok: true, text: stdout };
    } catch (error) {
      const printed = error instanceof Error && "stdout" in error ? String(error.stdout) : "";
      const complained = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
      return { ok: false, text: `${printed}${complained}` };
    }
  }
}
