import { rmSync } from "node:fs";
import { join } from "node:path";
import { Display } from "../display/display";
import type { Screen } from "../display/status-line";
import { labEnvironment } from "../machine/lab";
import { withLock } from "../machine/lock";
import { pulumiHome } from "../pulumi/find";
import type { Installed } from "../pulumi/installed";
import { PulumiStack } from "../pulumi/stack";
import { OUTPUTS } from "./deployed";
import { argumentsOf, type Deployment, type EngineOptions } from "./engine";
import { takeInterrupts } from "./interrupt";
import { Outcome } from "./outcome";
import { linkProject, writeConfig } from "./project-folder";
import { GUARDRAILS } from "./session";
import { Unconfirmed } from "./unconfirmed";

/** Pulumi's engine as the lab works with it, in a project folder of the lab's own. */
export class LabPulumi {
  /** @param output where all that is to be seen goes */
  constructor(
    private readonly installed: Installed,
    private readonly output: Screen,
  ) {}

  /** Makes the stack, empty, where there is none yet: others can then refer to it. */
  async create(options: EngineOptions): Promise<PulumiStack> {
    const stack = this.stack(options);
    linkProject(projectFolder(options));
    await stack.create();
    return stack;
  }

  /** Runs an operation; one at a time on each stack. */
  run(options: EngineOptions): Promise<Deployment> {
    return withLock(options.session.files.path("run.lock"), async () => {
      const stack = await this.create(options);
      await configure(options, stack);
      // Nobody else works on this stack: what is locked was by a run that was killed.
      await stack.cancel();
      const outcome = new Outcome();
      const ok = await this.operate(options, stack, outcome);
      return {
        ok,
        outputs: options.operation === "up" ? await stack.outputs() : undefined,
        changes: outcome.changes,
        failed: ok ? [] : outcome.failed(options.session.name),
        contacted: outcome.hosts,
      };
    });
  }

  /** Drops the state of a stack that was destroyed: what encrypts it goes with the stack. */
  async forget(options: EngineOptions): Promise<void> {
    await this.stack(options).remove();
    rmSync(projectFolder(options), { recursive: true, force: true });
  }

  private async operate(options: EngineOptions, stack: PulumiStack, outcome: Outcome): Promise<boolean> {
    const { operation, session } = options;
    const display = new Display(this.output, { operation, outputsAt: session.files.path(OUTPUTS) });
    const unconfirmed = new Unconfirmed(session.files);
    const interrupt = takeInterrupts((line) => display.print(line));
    try {
      return await stack.operate(
        argumentsOf(options.operation, [GUARDRAILS], [...options.replace, ...unconfirmed.resources]),
        {
          event: (event) => {
            outcome.take(event);
            unconfirmed.take(event);
            display.take(event);
          },
          complaint: (text) => display.print(text),
          stops: interrupt.stops,
        },
      );
    } finally {
      interrupt.release();
      display.end();
    }
  }

  private stack(options: EngineOptions): PulumiStack {
    const { lab, session } = options;
    return new PulumiStack(this.installed, {
      name: session.name,
      folder: projectFolder(options),
      backend: join(lab.folder, "pulumi"),
      home: pulumiHome(lab),
      passphraseFile: session.environment.passphraseFile,
      environment: labEnvironment(lab),
    });
  }
}

function projectFolder({ lab, session }: EngineOptions): string {
  return join(lab.folder, "project", session.name);
}

async function configure(options: EngineOptions, stack: PulumiStack): Promise<void> {
  const { session, config, secrets, passwords } = options;
  writeConfig(projectFolder(options), session.name, config);
  for (const [key, secret] of Object.entries(secrets)) await stack.setSecret(`palisade:${key}`, secret);
  for (const [person, hash] of Object.entries(passwords))
    await stack.setSecret(`palisade:passwords.${person}`, hash, true);
}
