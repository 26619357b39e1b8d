import { Command } from "commander";
import { coverageOf } from "../compiler/check/coverage";
import { unusedGroups } from "../compiler/check/warnings";
import { flows } from "../compiler/decide/flows";
import type { Problem } from "../compiler/problem";
import { stacksIn } from "../compiler/read";
import { printCoverage } from "./coverage";
import { coloursFor, EXIT, plural, printJson, printProblems } from "./output";
import { decideStack, today, type DecidedStack } from "./stacks";

interface Options {
  stack?: string[];
  json?: boolean;
  strict?: boolean;
  coverage?: boolean;
}

const EXAMPLES = `
Examples:
  palisade check                     every stack that has a Pulumi.NAME.yaml here
  palisade check --stack dev prod    these two
  palisade check --strict            warnings are failures too
  palisade check --coverage          rules that could be deleted, and no test would fail
  palisade check --coverage --strict such a rule is a failure too
  palisade check --json              for scripts: { "ok", "problems", "stacks" }

Exit codes: 0 all is well, 1 problems were found, 2 the command was misused.
With --strict: 1 also for a warning and, with --coverage, for a rule that no test would miss.`;

export function checkCommand(): Command {
  return new Command("check")
    .description(
      "Checks the policy and the stacks and runs the policy's tests: every problem at once, with file, line and column.",
    )
    .option("--stack <name...>", "stacks to check (default: every Pulumi.*.yaml)")
    .option("--coverage", "delete each rule in turn, and list those that no test would miss")
    .option("--strict", "exit with 1 for warnings and for what --coverage lists")
    .option("--json", "print the result as JSON")
    .addHelpText("after", EXAMPLES)
    .action(check);
}

function check(options: Options): void {
  const root = process.cwd();
  const names = options.stack ?? stacksIn(root);
  if (names.length === 0)
    throw new Error("there is no Pulumi.NAME.yaml here; name a stack, or go to the project's folder");
  const results = names.map((name) => decideStack(root, name));
  const stacks = results.flatMap((result) => result.stack ?? []);
  const right = stacks.length === names.length;
  const unused = right ? unusedGroups(stacks) : [];
  const problems = distinct([...results.flatMap((result) => result.problems), ...unused]);
  const coverage = right && options.coverage === true ? coverageOf(stacks, today()) : undefined;
  const suspicious = problems.length > 0 || (coverage !== undefined && coverage.missed.length > 0);
  const ok = right && (options.strict !== true || !suspicious);
  if (options.json === true) {
    printJson({ ok, problems, stacks: stacks.map(summary), ...(coverage === undefined ? {} : { coverage }) });
  } else {
    printProblems(problems);
    const { green } = coloursFor(process.stdout);
    for (const stack of stacks) process.stdout.write(`${green("✓")} ${describe(stack)}\n`);
    if (coverage !== undefined) printCoverage(coverage);
  }
  process.exitCode = ok ? EXIT.ok : EXIT.problems;
}

/** Stacks with the same policy have its problems in common. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

function summary(stack: DecidedStack) {
  return {
    stack: stack.name,
    environment: stack.model.environment,
    hosts: stack.model.hosts.size,
    flows: countOf(flows(stack.model)),
    people: new Set(
      [...stack.model.hosts.values()].flatMap((host) => host.accounts.map(({ person }) => person.name)),
    ).size,
  };
}

function countOf(items: Iterator<unknown>): number {
  let count = 0;
  while (items.next().done !== true) count++;
  return count;
}

function describe(stack: DecidedStack): string {
  const { environment, hosts, flows: count, people } = summary(stack);
  return `${stack.name}: environment ${environment}, ${plural(hosts, "host")}, ${plural(count, "flow")}, ${people === 1 ? "1 person" : `${people} people`}`;
}
