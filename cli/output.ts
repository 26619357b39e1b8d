import pc from "picocolors";
import { formatProblem, type Problem } from "../compiler/problem";
import { plural } from "../compiler/text";

export { plural };

export const EXIT = { ok: 0, problems: 1, usage: 2, widens: 2 } as const;

/** What a person asked for makes no sense; the message says what would. */
export class UsageError extends Error {}

/** Colours for one stream: none where it is no terminal, or NO_COLOR is set (https://no-color.org). */
export function coloursFor(stream: NodeJS.WriteStream): ReturnType<typeof pc.createColors> {
  const wanted =
    stream.isTTY === true && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb";
  return pc.createColors(wanted);
}

/** Problems on standard error, a line each, and how many there are. */
export function printProblems(problems: readonly Problem[]): void {
  const colours = coloursFor(process.stderr);
  for (const problem of problems) {
    const paint = problem.severity === "error" ? colours.red : colours.yellow;
    process.stderr.write(`${paint(formatProblem(problem))}\n`);
  }
  const errors = problems.filter((problem) => problem.severity === "error").length;
  const warnings = problems.length - errors;
  const counts = [plural(errors, "problem"), ...(warnings > 0 ? [plural(warnings, "warning")] : [])];
  if (problems.length > 0) process.stderr.write(`${colours.bold(counts.join(", "))}\n`);
}

/** A JSON array, piece by piece as its items come: the whole of a large one is never held. */
export function* jsonList(items: Iterable<unknown>): Generator<string> {
  let separator = "[\n";
  for (const item of items) {
    yield `${separator}  ${JSON.stringify(item)}`;
    separator = ",\n";
  }
  yield separator === "[\n" ? "[]\n" : "\n]\n";
}

/** Data for scripts, on standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
