import Table from "cli-table3";
import { plural } from "../compiler/text";
import type { Convergence, Observer, StackResult, Update } from "./types";

/** How often a stack that says nothing of note is still said to be under way, in ms. */
const HEARTBEAT_MS = 15_000;
/** Lines of each failure that are shown. */
const FAILURE_LINES = 3;

/** Writes what happens as plain lines, each with its stack in front. */
export class Progress implements Observer {
  private readonly spoke = new Map<string, number>();

  /** @param verbose whether all that the stacks' updates print is passed on, too */
  constructor(
    private readonly write: (text: string) => void,
    private readonly verbose: boolean,
    private readonly now: () => number = Date.now,
  ) {}

  pass(number: number, stacks: readonly string[]): void {
    const why = number === 1 ? "" : ", which read what has changed since";
    this.write(`Pass ${number}: ${stacks.join(", ")}${why}.\n`);
    for (const stack of stacks) this.spoke.set(stack, this.now());
  }

  line(stack: string, text: string): void {
    const line = text.trim();
    if (line === "") return;
    const isQuiet = this.now() - (this.spoke.get(stack) ?? 0) < HEARTBEAT_MS;
    if (isQuiet && !this.verbose) return;
    this.spoke.set(stack, this.now());
    this.write(`  ${stack}: ${this.verbose ? text : `under way: ${line}`}\n`);
  }

  updated(stack: string, { ok, changes, failures }: Update, seconds: number): void {
    const what = changes === 0 ? "no changes" : plural(changes, "change");
    const end = ok ? "" : `, ${plural(failures.length, "failure")}`;
    this.write(`  ${stack}: ${what}${end} (${seconds.toFixed(1)} s)\n`);
  }
}

/** Stacks that were asked for and that this project has not, each with what to do about it. */
export type Missing = ReadonlyMap<string, string>;

/** Whether everything that was asked for is as it should be. */
export function isWhole({ stacks }: Convergence, missing: Missing): boolean {
  return missing.size === 0 && stacks.every(({ converged }) => converged);
}

/** What a script reads. */
export function asJson(result: Convergence, missing: Missing): object {
  return { ...result, missing: Object.fromEntries(missing) };
}

/** What a person reads when all is done. */
export function summary(result: Convergence, missing: Missing): string {
  const table = new Table({
    style: { head: [], border: [], compact: true },
    head: ["stack", "result", "updates", "changes"],
  });
  for (const stack of result.stacks) {
    table.push([stack.name, outcome(stack), stack.updates, stack.changes]);
  }
  for (const name of missing.keys()) table.push([name, "missing", "", ""]);
  const failures = result.stacks.flatMap(({ name, failures: all }) =>
    all.map((text) => [name, text] as const),
  );
  const converged = result.stacks.filter((stack) => stack.converged).length;
  return [
    "",
    table.toString(),
    `${converged} of ${plural(result.stacks.length + missing.size, "stack")} converged in ${passesOf(result.passes)}.`,
    ...failures.map(([name, text]) => `FAILED ${name}: ${shortened(text)}`),
    ...[...missing].map(([name, reason]) => `MISSING ${name}: ${reason}`),
    "",
  ].join("\n");
}

function outcome({ converged, updates }: StackResult): string {
  if (converged) return "converged";
  return updates === 0 ? "not begun" : "failed";
}

function passesOf(count: number): string {
  return count === 1 ? "1 pass" : `${count} passes`;
}

function shortened(text: string): string {
  return text.trim().split("\n").slice(0, FAILURE_LINES).join("\n    ");
}
