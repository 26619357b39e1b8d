/*
 * The examples of docs/policy.md: fenced blocks whose first line says what they are.
 *
 *     ```json example=NAME file=groups.json       a file of the policy, whole
 *     ```yaml example=NAME file=Pulumi.dev.yaml   keys of the stack's config, in the place of the base's or after them
 *     ```text example=NAME show=flows             what comes of it; also `environment=prod`, `date=2027-01-01`
 *     ```text example=NAME show=coverage          what `check --coverage` lists
 *     ```text example=NAME show=diff base=OTHER         compared with another example
 *     ```text example=NAME show=explain ask=web-1,db-1,5432/tcp
 *
 * Files that an example leaves out are those of the example named `base`.
 */

export type Shown = "coverage" | "diff" | "explain" | "flows" | "logins" | "problems";

/** What the page says that an example gives. */
export interface Outcome {
  show: Shown;
  /** Absent: the base's. */
  environment?: string;
  /** ISO date; absent: the tests' own today. */
  date?: string;
  /** What `explain` is asked, in words; empty for what else is shown. */
  ask: string[];
  /** The example that `diff` compares with. */
  base: string;
  /** Without blank lines, each run of spaces one space. */
  lines: string[];
  /** 1-based, in the page. */
  line: number;
}

export interface Example {
  name: string;
  files: Map<string, string>;
  outcomes: Outcome[];
}

export const BASE = "base";
export const STACK_FILE = "Pulumi.dev.yaml";

const SHOWN: readonly Shown[] = ["coverage", "diff", "explain", "flows", "logins", "problems"];

/** Every fenced block with a label. @throws if a block has none, or one that makes no sense */
export function examplesOf(page: string): Map<string, Example> {
  const examples = new Map<string, Example>();
  for (const match of page.matchAll(/^```(\w+)(.*)\n([\s\S]*?)^```$/gm)) {
    const [, , info = "", body = ""] = match;
    const line = page.slice(0, match.index).split("\n").length;
    const labels = new Map(
      [...info.matchAll(/(\w+)=(\S+)/g)].map(([, key = "", value = ""]) => [key, value]),
    );
    const name = labels.get("example");
    if (name === undefined) throw new Error(`the block at line ${line} has no label`);
    const example = examples.get(name) ?? { name, files: new Map<string, string>(), outcomes: [] };
    examples.set(name, example);
    const [file, show] = [labels.get("file"), SHOWN.find((shown) => shown === labels.get("show"))];
    if (file !== undefined) example.files.set(file, body);
    else if (show !== undefined) example.outcomes.push(outcome(show, labels, body, line));
    else throw new Error(`the block at line ${line} is neither a file nor something to show`);
  }
  return examples;
}

function outcome(show: Shown, labels: ReadonlyMap<string, string>, body: string, line: number): Outcome {
  const shown = body.split("\n").map((text) => text.trim().replaceAll(/ +/g, " "));
  const lines = shown.filter((text) => text !== "" && text !== "(none)");
  const [environment, date] = [labels.get("environment"), labels.get("date")];
  return {
    show,
    ...(environment === undefined ? {} : { environment }),
    ...(date === undefined ? {} : { date }),
    ask: labels.get("ask")?.split(",") ?? [],
    base: labels.get("base") ?? BASE,
    lines,
    line,
  };
}

/** All files of an example, those of the base among them. */
export function filesOf(example: Example, base: Example): Map<string, string> {
  const files = new Map([...base.files, ...example.files]);
  const [all, changed] = [base.files.get(STACK_FILE) ?? "", example.files.get(STACK_FILE)];
  if (example.name !== BASE && changed !== undefined) files.set(STACK_FILE, withKeys(all, changed));
  return files;
}

/** A stack's file with some of its keys taken away and written anew at its end. */
function withKeys(all: string, changed: string): string {
  const blocks = (text: string) => text.split(/^(?= {2}\S)/m);
  const keyOf = (block: string) => /^ {2}(\S+?): /.exec(block.replace("\n", " "))?.[1];
  const fresh = blocks(changed).filter((block) => keyOf(block) !== undefined);
  const keys = new Set(fresh.map(keyOf));
  return [...blocks(all).filter((block) => !keys.has(keyOf(block) ?? "")), ...fresh].join("");
}
