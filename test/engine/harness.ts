/** Runs the fixture program through the engine, in a folder of its own. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EngineEvent, type EngineResult, type EngineRun, run } from "../../lab/engine";
import type { StackState } from "../../lab/engine/state";
import { parseState } from "../../lab/engine/state-file";
import type { ProgramSpec, ThingSpec } from "./fixtures/things/spec";

const HERE = __dirname;
const PASSPHRASE = "a passphrase of the tests";
const SECRET = "correct horse battery staple";

export interface Outcome extends EngineResult {
  events: EngineEvent[];
}

/** A stack of the fixture project, with the provider's log. */
export class TestStack {
  readonly folder = mkdtempSync(join(tmpdir(), "engine-test-"));
  readonly secret = SECRET;

  constructor(
    readonly name = "dev",
    /** A stack whose folder this one shares. */
    private readonly beside?: TestStack,
  ) {}

  get stateFile(): string {
    return join(this.beside?.folder ?? this.folder, `${this.name}.json`);
  }

  options(program: ProgramSpec | ThingSpec[], changes: Partial<EngineRun> = {}): EngineRun {
    const spec = Array.isArray(program) ? { things: program } : program;
    return {
      projectDir: join(HERE, "fixtures", "things"),
      project: "fixture",
      stack: this.name,
      config: { "fixture:program": JSON.stringify(spec), "fixture:secret": SECRET },
      secretKeys: ["fixture:secret"],
      stateFile: this.stateFile,
      passphrase: PASSPHRASE,
      providers: {
        things: {
          command: [process.execPath, join(HERE, "provider")],
          env: { THINGS_LOG: join(this.folder, "log") },
        },
      },
      operation: "up",
      onEvent: () => undefined,
      ...changes,
    };
  }

  async run(
    operation: EngineRun["operation"],
    program: ProgramSpec | ThingSpec[],
    changes: Partial<EngineRun> = {},
  ): Promise<Outcome> {
    const events: EngineEvent[] = [];
    const result = await run({
      ...this.options(program, changes),
      operation,
      onEvent: (event) => events.push(event),
    });
    return { ...result, events };
  }

  up(program: ProgramSpec | ThingSpec[], changes: Partial<EngineRun> = {}): Promise<Outcome> {
    return this.run("up", program, changes);
  }

  preview(program: ProgramSpec | ThingSpec[], changes: Partial<EngineRun> = {}): Promise<Outcome> {
    return this.run("preview", program, changes);
  }

  destroy(): Promise<Outcome> {
    return this.run("destroy", []);
  }

  /** What the provider was asked, oldest first, without its starts. Emptied by the call. */
  takeLog(): string[] {
    const file = join(this.folder, "log");
    const lines = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
    rmSync(file, { force: true });
    return lines.filter((line) => !line.startsWith("start "));
  }

  state(): StackState {
    return parseState(this.stateText(), PASSPHRASE).state;
  }

  stateText(): string {
    return readFileSync(this.stateFile, "utf8");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Runs a test on a stack that is removed afterwards. */
export function withStack(test: (stack: TestStack) => Promise<void>): () => Promise<void> {
  return async () => {
    const stack = new TestStack();
    try {
      await test(stack);
    } finally {
      stack.remove();
    }
  };
}

/** `name operation` of every step, in the order in which they ended; the stack itself left out. */
export function stepsOf(outcome: Outcome): string[] {
  return outcome.events.flatMap((event) => {
    if (event.kind !== "done" || event.resource.type === "pulumi:pulumi:Stack") return [];
    return [`${event.resource.name} ${event.operation}${event.ofReplacement ? " of old" : ""}`];
  });
}

/** Changes other than `same` and the stack's own, for comparisons. */
export function changed({ changes }: EngineResult): Partial<EngineResult["changes"]> {
  return Object.fromEntries(Object.entries(changes).filter(([kind, count]) => kind !== "same" && count > 0));
}
