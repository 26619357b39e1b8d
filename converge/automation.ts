import { LocalWorkspace, type EngineEvent, type Stack } from "@pulumi/pulumi/automation";
import { mapValues, omit, pick, sum } from "lodash";
import { join } from "node:path";
import { REGION_EXPORTS } from "../compiler/load/region";
import type { Engine, Update } from "./types";

/** Resource operations at once: hosts are waited for, and a `confirm` must not queue behind other hosts' pushes. */
const PARALLEL = 64;

/** The real `pulumi`, by its Automation API, in the project's own folder and with the backend that is logged in to. */
export class PulumiEngine implements Engine {
  readonly name = "pulumi";
  private readonly stacks = new Map<string, Promise<Stack>>();

  /** @param root the project's folder */
  constructor(private readonly root: string) {}

  async create(stack: string): Promise<void> {
    await this.stack(stack);
  }

  async up(name: string, say: (line: string) => void): Promise<Update> {
    const stack = await this.stack(name);
    const seen = new Seen();
    try {
      await stack.up({
        ...{ parallel: PARALLEL, continueOnError: true, color: "never", suppressProgress: true },
        policyPacks: [join(this.root, "policy", "guardrails")],
        onOutput: (text) => text.split("\n").forEach(say),
        onEvent: (event) => seen.add(event),
      });
      return { ok: true, changes: seen.changes, failures: [] };
    } catch (error) {
      const failures = seen.failures.length > 0 ? seen.failures : [reasonOf(error)];
      return { ok: false, changes: seen.changes, failures };
    }
  }

  async exports(name: string): Promise<unknown> {
    const stack = await this.stack(name);
    const outputs = await stack.outputs();
    return pick(
      mapValues(outputs, ({ value }): unknown => value),
      REGION_EXPORTS,
    );
  }

  /** Opened once: the stack is made where there is none. */
  private stack(name: string): Promise<Stack> {
    const opened =
      this.stacks.get(name) ??
      LocalWorkspace.createOrSelectStack({ stackName: name, workDir: this.root }).catch((error: unknown) => {
        throw new Error(reasonOf(error));
      });
    this.stacks.set(name, opened);
    return opened;
  }
}

/** What the engine's events told of one update. */
class Seen {
  changes = 0;
  readonly failures: string[] = [];

  add({ summaryEvent, diagnosticEvent }: EngineEvent): void {
    if (summaryEvent !== undefined) {
      this.changes = sum(Object.values(omit(summaryEvent.resourceChanges, UNCHANGED)));
    }
    if (diagnosticEvent?.severity !== "error") return;
    const name = diagnosticEvent.urn?.split("::").pop() ?? "";
    const text = diagnosticEvent.message.trim();
    this.failures.push(name === "" ? text : `${name}: ${text}`);
  }
}

/** Steps that change nothing of a resource. */
const UNCHANGED = ["same", "read", "refresh", "discard", "read-discard"];

/** What pulumi said of an error, without the command line that it was told of. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const said = /^error: ([\s\S]*)/m.exec(text)?.[1];
  return (said ?? text).trim();
}
