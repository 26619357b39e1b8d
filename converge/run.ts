import { converge } from "./passes";
import { asJson, isWhole, Progress, summary, type Missing } from "./report";
import type { Engine, StackToConverge } from "./types";

export interface ConvergeOptions {
  json: boolean;
  verbose: boolean;
}

/**
 * Brings stacks up together; progress goes to standard error, the result to standard output.
 * @returns whether everything that was asked for is as it should be
 */
export async function runConverge(
  stacks: readonly StackToConverge[],
  missing: Missing,
  engine: Engine,
  options: ConvergeOptions,
): Promise<boolean> {
  const progress = new Progress((text) => process.stderr.write(text), options.verbose);
  process.stderr.write(`Bringing up ${stacks.map(({ name }) => name).join(", ")} with ${engine.name}.\n`);
  const result = await converge(stacks, engine, progress);
  const text = options.json
    ? `${JSON.stringify(asJson(result, missing), null, 2)}\n`
    : summary(result, missing);
  process.stdout.write(text);
  return isWhole(result, missing);
}
