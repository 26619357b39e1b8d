import { existsSync } from "node:fs";
import { join } from "node:path";
import { checkAddresses, planAddresses, type PlannedAddresses } from "../compiler/decide/addresses";
import type { DecidedStack as CheckedStack } from "../compiler/check/stack";
import { regionsAmong } from "../compiler/load/siblings";
import type { Problem } from "../compiler/problem";
import { readStack, stackFile, stacksIn } from "../compiler/read";
import { compareText } from "../compiler/text";
import { suggestion } from "../compiler/validate/nearest";

/** A stack that is right, with all that is decided for it before anything is deployed. */
export interface DecidedStack extends CheckedStack {
  name: string;
  planned: PlannedAddresses;
}

function noSuchStack(root: string, name: string): Problem {
  const message = `there is no such stack here${suggestion(name, stacksIn(root))}`;
  return { severity: "error", file: stackFile(name), path: "", message };
}

/** Today's date, which the compiler is given: it reads no clock. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** Of the stack's own hosts and of those in its environment's other regions. */
function planFleet({ inventory, siblings }: CheckedStack): PlannedAddresses {
  const regions = regionsAmong(siblings, inventory).map((region) => region.inventory);
  const planned = [inventory, ...regions].map(planAddresses);
  return {
    book: new Map(planned.flatMap(({ book }) => [...book])),
    placeholders: planned.flatMap(({ placeholders }) => placeholders).sort(compareText),
  };
}

/** Reads, checks and decides one stack; `stack` is undefined if anything is wrong with it. */
export function decideStack(root: string, name: string): { stack?: DecidedStack; problems: Problem[] } {
  if (!existsSync(join(root, stackFile(name)))) return { problems: [noSuchStack(root, name)] };
  const checked = readStack(root, name, today());
  if (!checked.ok) return { problems: checked.problems };
  const planned = planFleet(checked.value);
  const problems = [
    ...checked.problems,
    ...checkAddresses(checked.value.model, planned.book, stackFile(name)),
  ];
  if (problems.some((problem) => problem.severity === "error")) return { problems };
  return { stack: { ...checked.value, name, planned }, problems };
}
