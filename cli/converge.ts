import { Command } from "commander";
import { stackFile, stacksIn } from "../compiler/read";
import { uniqBy } from "lodash";
import { formatProblem } from "../compiler/problem";
import { suggestion } from "../compiler/validate/nearest";
import type { ConvergeOptions } from "../converge/run";
import type { Missing } from "../converge/report";
import { EXIT, printProblems } from "./output";
import { requirePulumi } from "./pulumi";
import { decideStack } from "./stacks";

const DESCRIPTION = `Brings stacks up that read each other's exports, such as an environment's regions, from nothing if need be.

All are made first, empty, then updated at once; those that read what has changed since are updated again, until
nothing changes. A stack that fails, or is missing, does not stop the others.`;

const EXAMPLES = `
Examples:
  palisade converge prod-us-east prod-eu-central
  palisade converge --verbose prod-us-east prod-eu-central
  palisade converge --json prod-us-east prod-eu-central | jq '.stacks[] | select(.converged | not)'

Exit codes: 0 all converged, 1 a stack failed, is missing or is wrong, 2 the command was misused.`;

/** The command for real accounts. */
export function convergeCommand(): Command {
  const root = process.cwd();
  return baseCommand("With the pulumi command, in the backend that is logged in to.", EXAMPLES).action(
    async (stacks: string[], options: ConvergeOptions) => {
      const found = findStacks(root, stacks);
      const decided = found.present.map((name) => decideStack(root, name));
      const problems = uniqBy(
        decided.flatMap((one) => one.problems),
        formatProblem,
      );
      printProblems(problems);
      if (decided.some(({ stack }) => stack === undefined)) {
        process.exitCode = EXIT.problems;
        return;
      }
      if (found.present.length > 0) requirePulumi("try the stacks in the lab: palisade lab converge");
      const known = decided.flatMap(({ stack }) => stack ?? []);
      const reads = known.map(({ name, inventory }) => ({ name, reads: inventory.regionStacks }));
      const [{ runConverge }, { PulumiEngine }] = await Promise.all([
        import("../converge/run"),
        import("../converge/automation"),
      ]);
      const whole = await runConverge(reads, found.missing, new PulumiEngine(root), options);
      process.exitCode = whole ? EXIT.ok : EXIT.problems;
    },
  );
}

/** The command without its work: the lab has one of its own. */
export function baseCommand(how: string, examples: string): Command {
  return new Command("converge")
    .description(`${DESCRIPTION}\n\n${how}`)
    .addHelpText("after", examples)
    .argument("<stack...>", "as in Pulumi.NAME.yaml")
    .option("--verbose", "pass on all that the updates print, with the stack in front", false)
    .option("--json", "print { passes, stacks, missing }", false);
}

/** Sorts out which stacks of those asked for the project has. */
export function findStacks(root: string, names: readonly string[]): { present: string[]; missing: Missing } {
  const here = stacksIn(root);
  const asked = [...new Set(names)];
  return {
    present: asked.filter((name) => here.includes(name)),
    missing: new Map(
      asked
        .filter((name) => !here.includes(name))
        .map((name) => [name, `there is no ${stackFile(name)}${suggestion(name, here)}`]),
    ),
  };
}
