import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { PROJECT } from "../../lab/deploy/session";
import { ScratchStack, type Run } from "../../test/support/pulumi";
import { fileConfig, makeStack, SECRET, STACK } from "./fleet";
import { type Usage, Watch, writtenUsage } from "./usage";

/** What to measure. */
export interface Task {
  operation: "preview" | "up" | "up again";
  hosts: number;
  /** Of the program, where it is not the one of this working tree. */
  commit?: string;
}

export interface Measurement extends Task {
  /** Wall clock. */
  seconds: number;
  resources: number;
  engine: Usage;
  program: Usage;
}

/**
 * Runs an operation on a generated stack, with clouds of the lab that boot nothing, and measures it.
 * @param project folder of the program
 * @throws where anything fails
 */
export async function measure(
  task: Task,
  project = PROJECT,
): Promise<{ measurement: Measurement; run: Run }> {
  const folder = mkdtempSync(join(tmpdir(), "palisade-bench-"));
  const usage = join(folder, "usage.json");
  const isPreview = task.operation === "preview";
  const stack = await ScratchStack.open({
    program: project,
    name: STACK,
    providers: isPreview ? {} : { command: join(__dirname, "hosts") },
    environment: {
      NODE_OPTIONS: `--require ${join(__dirname, "usage.cjs")}`,
      PALISADE_BENCH_USAGE: usage,
    },
  });
  try {
    const policy = join(folder, "policy");
    // Hosts that answer at once have no clouds to know them.
    const fleet = makeStack(policy, relative(project, policy), task.hosts, isPreview ? "mixed" : "existing");
    await stack.configure(fileConfig(fleet), { "palisade:secret": SECRET });
    if (task.operation === "up again") await timed(stack, "up");
    const { run, seconds, engine } = await timed(stack, isPreview ? "preview" : "up");
    const { same = 0, create = 0, update = 0 } = run.changes ?? {};
    const resources = same + create + update;
    return { run, measurement: { ...task, seconds, resources, engine, program: writtenUsage(usage) } };
  } finally {
    stack.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function timed(
  stack: ScratchStack,
  operation: "preview" | "up",
): Promise<{ run: Run; seconds: number; engine: Usage }> {
  const watches: Watch[] = [];
  const begin = performance.now();
  const run = await stack.run(operation, { started: (pid) => void watches.push(new Watch(pid)) });
  const seconds = (performance.now() - begin) / 1000;
  watches.forEach((watch) => watch.end());
  const [watch] = watches;
  if (!run.ok || watch === undefined) throw new Error(run.text);
  return { run, seconds, engine: watch.usage };
}
