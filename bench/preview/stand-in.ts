import { join } from "node:path";
import { PARALLEL } from "../../lab/deploy/engine";
import { PROJECT } from "../../lab/deploy/session";
import { run, type EngineEvent, type EngineResult } from "../../lab/engine";
import { programConfig, STACK, type BenchStack } from "./fleet";

/**
 * Runs the program under the lab's stand-in. An update is of hosts that answer at once.
 * @param folder holds the stack's state
 * @param environment of the program
 */
export function runStandIn(
  folder: string,
  stack: BenchStack,
  operation: "preview" | "up",
  onEvent: (event: EngineEvent) => void,
  environment: Record<string, string> = {},
): Promise<EngineResult> {
  const lab = { PALISADE_LAB: "bench", PALISADE_LAB_DIR: folder };
  const plugin = (...parts: string[]) => ({ command: [process.execPath, join(PROJECT, ...parts)], env: lab });
  return run({
    operation,
    projectDir: PROJECT,
    project: "palisade",
    stack: STACK,
    config: programConfig(stack),
    secretKeys: ["palisade:secret"],
    stateFile: join(folder, "state", `${STACK}.json`),
    passphrase: "bench",
    providers: {
      aws: plugin("lab", "clouds", "aws"),
      linode: plugin("lab", "clouds", "linode"),
      ...(operation === "up" ? { command: plugin("bench", "preview", "hosts") } : {}),
    },
    parallel: PARALLEL,
    env: environment,
    onEvent,
  });
}
