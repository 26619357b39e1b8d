import { Command } from "commander";
import { decideUntested, type DecidedStack } from "../compiler/check/stack";
import { compare, type StackPair } from "../compiler/compare/compare";
import { NO_CHANGE, sectionsOf, type Section } from "../compiler/compare/text";
import type { Problem } from "../compiler/problem";
import { stackInput } from "../compiler/read";
import { coloursFor, EXIT, printJson, printProblems, UsageError } from "./output";
import { openProject, workingTree, type Project } from "./revisions";
import { today } from "./stacks";

interface Options {
  markdown?: boolean;
  json?: boolean;
  failOnWidening?: boolean;
}

const EXAMPLES = `
Examples:
  palisade diff HEAD                              what the working tree changes
  palisade diff main feature                      what a branch changes
  palisade diff ../before ../after                two folders
  palisade diff origin/main --markdown            for a pull request
  palisade diff origin/main --fail-on-widening    for CI: exit code 2 if anybody can do more than before

Exit codes: 0 compared, 1 one side has problems, 2 the command was misused.
With --fail-on-widening: 2 also where access widens.`;

export function diffCommand(): Command {
  return new Command("diff")
    .description(
      "Says what access a change gives and takes, in every stack that both sides have: what widens first, then what narrows.",
    )
    .argument("<base>", "a folder or a revision of git")
    .argument("[head]", "a folder or a revision of git (default: the working tree)")
    .option("--markdown", "print Markdown")
    .option("--json", "print the changes as JSON")
    .option("--fail-on-widening", "exit with 2 if access widens")
    .addHelpText("after", EXAMPLES)
    .action(diff);
}

function diff(baseName: string, headName: string | undefined, options: Options): void {
  const base = openProject(baseName);
  const head = headName === undefined ? workingTree() : openProject(headName);
  const names = base.stacks.filter((name) => head.stacks.includes(name));
  if (names.length === 0)
    throw new UsageError("no Pulumi.NAME.yaml is on both sides: there is nothing to compare");
  const problems = new Map<string, Problem>();
  const pairs = names.flatMap((stack): StackPair[] => {
    const [before, after] = [open(base, stack, problems), open(head, stack, problems)];
    return before === undefined || after === undefined ? [] : [{ stack, base: before, head: after }];
  });
  if (problems.size > 0) {
    printProblems([...problems.values()]);
    process.exitCode = EXIT.problems;
    return;
  }
  const comparison = compare(pairs);
  const notCompared = {
    base: base.stacks.filter((name) => !names.includes(name)),
    head: head.stacks.filter((name) => !names.includes(name)),
  };
  const sections = sectionsOf(comparison);
  if (options.json === true) printJson({ ...comparison, notCompared });
  else process.stdout.write(options.markdown === true ? markdown(sections) : plain(sections));
  if (options.failOnWidening === true && comparison.widens) process.exitCode = EXIT.widens;
}

/** A stack of one side; where there is none, the reasons join the problems, each once. */
function open(project: Project, stack: string, problems: Map<string, Problem>): DecidedStack | undefined {
  const checked = decideUntested(stackInput(project.read, stack, project.stacks), today());
  if (checked.ok) return checked.value;
  for (const problem of checked.problems.filter(({ severity }) => severity === "error")) {
    const placed = { ...problem, file: `${project.prefix}${problem.file}` };
    problems.set(JSON.stringify(placed), placed);
  }
  return undefined;
}

function plain(sections: readonly Section[]): string {
  if (sections.length === 0) return `${NO_CHANGE}\n`;
  const { bold, green, red } = coloursFor(process.stdout);
  // What widens is what a reviewer must see: it is the red one.
  const paint = { "+": red, "-": green, "": (text: string) => text };
  const out = sections.flatMap(({ title, sign, parts }) => [
    bold(title),
    ...parts.flatMap(({ stack, lines }) => [
      ...(stack === undefined ? [] : [`  ${stack}`]),
      ...lines.map((line) => `    ${paint[sign](`${sign}${sign === "" ? "" : " "}${line}`)}`),
    ]),
  ]);
  return `${out.join("\n")}\n`;
}

function markdown(sections: readonly Section[]): string {
  if (sections.length === 0) return `${NO_CHANGE}\n`;
  const blocks = sections.flatMap(({ title, parts }) => [
    `### ${title[0]?.toUpperCase()}${title.slice(1)}`,
    ...parts.flatMap(({ stack, lines }) => [
      ...(stack === undefined ? [] : [`**${stack}**`]),
      lines.map((line) => `- ${line}`).join("\n"),
    ]),
  ]);
  return `${blocks.join("\n\n")}\n`;
}
