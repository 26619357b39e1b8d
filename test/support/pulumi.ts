/** A stack of any program in a folder of its own, on the engine that the lab has: for tests and benchmarks. */
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argumentsOf, type EngineOperation } from "../../lab/deploy/engine";
import { type Failure, Outcome } from "../../lab/deploy/outcome";
import { linkProject, writeConfig } from "../../lab/deploy/project-folder";
import { PROJECT } from "../../lab/deploy/session";
import { Display, plain } from "../../lab/display/display";
import { nameOf } from "../../lab/display/step";
import type { Changes } from "../../lab/display/summary";
import { labEnvironment, openLab } from "../../lab/machine/lab";
import { findPulumi, pulumiHome } from "../../lab/pulumi/find";
import type { Installed } from "../../lab/pulumi/installed";
import { PulumiStack } from "../../lab/pulumi/stack";

export interface ScratchOptions {
  /** Folder of the program; default: this project. */
  program?: string;
  /** Default: `dev`. */
  name?: string;
  /** Folders of providers beside the lab's clouds, which boot nothing here. */
  providers?: Record<string, string>;
  /** Of the program and its providers. */
  environment?: NodeJS.ProcessEnv;
}

/** What a run did and what of it was to be seen. */
export interface Run {
  ok: boolean;
  events: EngineEvent[];
  changes: Changes | undefined;
  failed: Failure[];
  /** What policy packs said, a line each, sorted. */
  violations: string[];
  text: string;
}

export interface RunOptions {
  /** Folders of policy packs. */
  packs?: readonly string[];
  /** Is told the engine's process. */
  started?: (pid: number) => void;
}

/** The engine that the lab would take. What it takes to have it is told on standard error. */
export function findEngine(folder: string): Promise<Installed> {
  return findPulumi(scratchLab(folder), (line) => process.stderr.write(`${line}\n`));
}

const scratchLab = (folder: string) => openLab({ PALISADE_LAB: "scratch", PALISADE_LAB_DIR: folder });

export class ScratchStack {
  private constructor(
    readonly folder: string,
    readonly installed: Installed,
    private readonly options: ScratchOptions,
    readonly name: string,
    readonly stack: PulumiStack,
  ) {}

  /** Makes the stack, with nothing in it. @throws UserError where no engine is to be had */
  static async open(options: ScratchOptions = {}): Promise<ScratchStack> {
    const folder = mkdtempSync(join(tmpdir(), "palisade-scratch-"));
    writeFileSync(join(folder, "passphrase"), "a passphrase of the tests");
    const project = join(folder, "project");
    linkProject(project, options.program ?? PROJECT, options.providers);
    const modules = join(project, "node_modules");
    if (!existsSync(modules)) symlinkSync(join(PROJECT, "node_modules"), modules);
    return ScratchStack.make(folder, await findEngine(folder), options);
  }

  /** Another stack of the same program. */
  beside(name: string): Promise<ScratchStack> {
    return ScratchStack.make(this.folder, this.installed, { ...this.options, name });
  }

  /** Sets the whole config, its secrets apart. */
  async configure(config: Record<string, unknown>, secrets: Record<string, string> = {}): Promise<void> {
    writeConfig(join(this.folder, "project"), this.name, config);
    for (const [key, secret] of Object.entries(secrets)) await this.stack.setSecret(key, secret);
  }

  async run(operation: EngineOperation, { packs = [], started }: RunOptions = {}): Promise<Run> {
    const events: EngineEvent[] = [];
    const outcome = new Outcome();
    let text = "";
    const display = new Display({ write: (part) => (text += part) }, { operation, outputsAt: "elsewhere" });
    const ok = await this.stack.operate(argumentsOf(operation, packs), {
      event: (event) => {
        events.push(event);
        outcome.take(event);
        display.take(event);
      },
      complaint: (complaint) => display.print(complaint),
      stops: [],
      started,
    });
    const violations = events.flatMap(violationOf).sort();
    return { ok, events, changes: outcome.changes, failed: outcome.failed(this.name), violations, text };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private static async make(
    folder: string,
    installed: Installed,
    options: ScratchOptions,
  ): Promise<ScratchStack> {
    const { name = "dev", environment, providers = {} } = options;
    const lab = scratchLab(folder);
    const stack = new PulumiStack(installed, {
      ...{ name, folder: join(folder, "project"), backend: join(folder, "backend"), home: pulumiHome(lab) },
      passphraseFile: join(folder, "passphrase"),
      environment: { ...labEnvironment(lab), PALISADE_LAB_MACHINES: "none", ...environment },
      ownCommand: "command" in providers,
    });
    await stack.create();
    return new ScratchStack(folder, installed, options, name, stack);
  }
}

/** A violation as one line. */
function violationOf({ policyEvent }: EngineEvent): string[] {
  if (policyEvent === undefined) return [];
  const { enforcementLevel, policyName, resourceUrn = "", message } = policyEvent;
  return [`${enforcementLevel} ${policyName} ${nameOf(resourceUrn)}: ${plain(message)}`];
}
