import { Command } from "commander";
import type { Answer } from "../compiler/explain/answer";
import { answerLines, explain as explainQuestion } from "../compiler/explain/explain";
import { readQuestion } from "../compiler/explain/question";
import { coloursFor, EXIT, printJson, printProblems, UsageError } from "./output";
import { decideStack, today, type DecidedStack } from "./stacks";

interface Options {
  stack: string;
  json?: boolean;
  exitCode?: boolean;
}

const EXAMPLES = `
Examples:
  palisade explain web-1 db-1 5432/tcp --stack dev        may one host reach another?
  palisade explain net:office web-1 443/tcp --stack dev   and from a network?
  palisade explain alice db-1 --stack prod                may a person log in, and has she sudo?
  palisade explain web-1 db-1 5432/tcp --stack dev --exit-code && echo open

Exit codes: 0 answered, 1 the policy or stack has problems, 2 the command was misused.
With --exit-code: 1 also where the answer is "denied" or "partly".`;

export function explainCommand(): Command {
  return new Command("explain")
    .description(
      "Says whether a flow or a login is allowed and by which line of which file; if not, which rule comes nearest and what it lacks.",
    )
    .argument("<from>", "a host or net:NAME; without a port, a person")
    .argument("<to>", "a host")
    .argument("[port]", "such as 5432/tcp, 8000-8010/tcp, 53/udp or icmp")
    .requiredOption("--stack <name>", "the stack, as in Pulumi.NAME.yaml")
    .option("--json", "print the answer as JSON")
    .option("--exit-code", "exit with 1 unless it is wholly allowed")
    .addHelpText("after", EXAMPLES)
    .action(explain);
}

function explain(from: string, to: string, port: string | undefined, options: Options): void {
  const { stack, problems } = decideStack(process.cwd(), options.stack);
  const errors = problems.filter((problem) => problem.severity === "error");
  if (stack === undefined) {
    printProblems(errors);
    process.exitCode = EXIT.problems;
    return;
  }
  const answer = answerTo(stack, from, to, port);
  if (options.json === true) printJson(answer);
  else print(answer);
  if (options.exitCode === true && answer.verdict !== "allowed") process.exitCode = EXIT.problems;
}

function answerTo(stack: DecidedStack, from: string, to: string, port: string | undefined): Answer {
  const occasion = { environment: stack.inventory.environment, today: today() };
  const question = readQuestion(from, to, port, stack);
  if ("message" in question) throw new UsageError(question.message);
  return explainQuestion(question, { ...stack, occasion });
}

function print(answer: Answer): void {
  const colours = coloursFor(process.stdout);
  const paint = { allowed: colours.green, partly: colours.yellow, denied: colours.red }[answer.verdict];
  const [first = "", ...rest] = answerLines(answer);
  const verdict = paint(answer.verdict) + first.slice(answer.verdict.length);
  process.stdout.write(`${[verdict, ...rest].join("\n")}\n`);
}
