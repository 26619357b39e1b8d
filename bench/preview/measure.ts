/** One measurement, in a process of its own so that its memory is its own. Prints a line of JSON. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { ownJson } from "../../lab/deploy/own-data";
import { PROJECT } from "../../lab/deploy/session";
import type { EngineResult } from "../../lab/engine";
import { display } from "../../lab/engine/display";
import { start } from "../command";
import { fileConfig, makeStack, type BenchStack } from "./fleet";
import { previewReal } from "./real";
import { runStandIn } from "./stand-in";

/** What to measure. */
export interface Task {
  engine: "stand-in" | "pulumi";
  operation: "preview" | "up" | "up again";
  hosts: number;
}

/** What one process used. */
export interface Usage {
  /** Processor time, user and system. */
  cpuSeconds: number;
  /** Most memory it held at a time. */
  peakMegabytes: number;
}

export interface Measurement extends Task {
  /** Wall clock. */
  seconds: number;
  resources: number;
  /** Undefined where it is not known, as of the real command's. */
  engineUsage?: Usage;
  programUsage?: Usage;
}

async function measure(task: Task): Promise<Measurement> {
  const folder = mkdtempSync(join(tmpdir(), "palisade-bench-"));
  try {
    const policy = join(folder, "policy");
    // The lab's clouds would boot a host in an update.
    const mix = task.operation === "preview" ? "mixed" : "existing";
    const stack = makeStack(policy, relative(PROJECT, policy), task.hosts, mix);
    if (task.engine === "pulumi") return { ...task, ...previewReal(folder, fileConfig(stack)) };
    if (task.operation === "up again") await runOnce(folder, stack, "up");
    return { ...task, ...(await measured(folder, stack, task.operation === "preview" ? "preview" : "up")) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measured(
  folder: string,
  stack: BenchStack,
  operation: "preview" | "up",
): Promise<Omit<Measurement, keyof Task>> {
  const before = process.resourceUsage();
  const result = await runOnce(folder, stack, operation);
  const own = usageOf(process.resourceUsage());
  const cpuBefore = usageOf(before).cpuSeconds;
  const { same, create, update } = result.changes;
  return {
    seconds: result.duration,
    resources: same + create + update,
    engineUsage: { ...own, cpuSeconds: own.cpuSeconds - cpuBefore },
    programUsage: usageOf(ownJson<NodeJS.ResourceUsage>(readFileSync(join(folder, "usage.json"), "utf8"))),
  };
}

/** As the lab runs it, but for what it would print; fails where anything does. */
async function runOnce(
  folder: string,
  stack: BenchStack,
  operation: "preview" | "up",
): Promise<EngineResult> {
  const onEvent = display({ write: () => true, isTTY: false });
  const environment = {
    NODE_OPTIONS: `--require ${join(__dirname, "usage.cjs")}`,
    PALISADE_BENCH_USAGE: join(folder, "usage.json"),
  };
  const result = await runStandIn(folder, stack, operation, onEvent, environment);
  if (result.ok) return result;
  throw new Error([...result.errors, ...result.failed.map(({ message }) => message)].join("\n"));
}

function usageOf(usage: NodeJS.ResourceUsage): Usage {
  return {
    cpuSeconds: (usage.userCPUTime + usage.systemCPUTime) / 1e6,
    peakMegabytes: usage.maxRSS / 1024,
  };
}

if (require.main === module) {
  start(async () => {
    const measurement = await measure(ownJson<Task>(process.argv[2] ?? ""));
    process.stdout.write(`${JSON.stringify(measurement)}\n`);
  });
}
