import { omit, pick, sum } from "lodash";
import { REGION_EXPORTS } from "../../compiler/load/region";
import { formatProblem } from "../../compiler/problem";
import { runConverge, type ConvergeOptions } from "../../converge/run";
import type { Missing } from "../../converge/report";
import type { Engine, Update } from "../../converge/types";
import { OUTPUTS } from "../deploy/deployed";
import type { Deployment } from "../deploy/engine";
import { ownJson } from "../deploy/own-data";
import type { Session } from "../deploy/session";
import { LabPulumi } from "../deploy/pulumi";
import type { Installed } from "../pulumi/installed";
import { engineOptions, openEngines, type Context, type Contexts } from "./context";
import { Steps } from "./steps";
import { bringUp } from "./up";

/** Brings several stacks up in the lab until none changes what another reads. */
export async function converge(
  options: ConvergeOptions & { stacks: string[]; missing: Missing },
): Promise<number> {
  const contexts = await openEngines(options.stacks);
  for (const { warnings } of contexts.sessions) {
    for (const warning of warnings) process.stderr.write(`${formatProblem(warning)}\n`);
  }
  const stacks = contexts.sessions.map(({ name, inventory }) => ({ name, reads: inventory.regionStacks }));
  const engine = new LabEngine(contexts, contexts.installed);
  return (await runConverge(stacks, options.missing, engine, options)) ? 0 : 1;
}

/** The lab's engine, as converge works with it. */
class LabEngine implements Engine {
  readonly name: string;
  private readonly sessions: Map<string, Session>;

  constructor(
    private readonly contexts: Contexts,
    private readonly installed: Installed,
  ) {
    this.name = `pulumi ${installed.version}`;
    this.sessions = new Map(contexts.sessions.map((session) => [session.name, session]));
  }

  async create(stack: string): Promise<void> {
    const silent = (): void => undefined;
    await this.pulumi(silent).create(engineOptions(this.context(stack, silent), "up"));
  }

  async up(stack: string, say: (line: string) => void): Promise<Update> {
    return updateOf(await bringUp(this.context(stack, say), this.pulumi(say), []));
  }

  exports(stack: string): Promise<unknown> {
    const text = this.sessions.get(stack)?.files.read(OUTPUTS);
    return Promise.resolve(text === undefined ? {} : pick(ownJson<object>(text), REGION_EXPORTS));
  }

  private pulumi(say: (line: string) => void): LabPulumi {
    return new LabPulumi(this.installed, { write: (text) => text.split("\n").forEach(say) });
  }

  private context(stack: string, say: (line: string) => void): Context {
    const session = this.sessions.get(stack);
    if (session === undefined) throw new Error(`${stack} was not opened`);
    return { lab: this.contexts.lab, session, steps: new Steps({ write: say }) };
  }
}

function updateOf({ ok, changes, failed }: Deployment): Update {
  const failures = failed.map(({ name, message }) => `${name}: ${message}`);
  return {
    ok,
    changes: sum(Object.values(omit(changes, "same"))),
    failures: ok || failures.length > 0 ? failures : ["the update failed; --verbose shows what it printed"],
  };
}
