import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { coverageOf, coverageSummary } from "../../compiler/check/coverage";
import type { DecidedStack } from "../../compiler/check/stack";
import { compare } from "../../compiler/compare/compare";
import { sectionsOf } from "../../compiler/compare/text";
import { flows } from "../../compiler/decide/flows";
import { answerLines } from "../../compiler/explain/explain";
import { describeSudo } from "../../compiler/decide/sudo";
import type { FleetModel, SudoEntry } from "../../compiler/model";
import { formatProblem } from "../../compiler/problem";
import { formatPlace } from "../../compiler/rules/place";
import inventory from "../../policy/schema/inventory.schema.json";
import { answerTo } from "./support/answers";
import { BASE, examplesOf, filesOf, STACK_FILE, type Example, type Outcome } from "./support/examples";
import { checkFiles, TODAY } from "./support/sample";

const PAGE = readFileSync(join(__dirname, "..", "..", "docs", "policy.md"), "utf8");
const EXAMPLES = examplesOf(PAGE);
const base: Example = EXAMPLES.get(BASE) ?? { name: BASE, files: new Map(), outcomes: [] };

/** What the page should say, in its own notation. */
function actual(example: Example, { show, environment, date = TODAY, ask, base: before }: Outcome): string[] {
  const files = filesOf(example, base);
  if (environment !== undefined) {
    const stack = files.get(STACK_FILE) ?? "";
    files.set(STACK_FILE, stack.replace(/environment: \w+/, `environment: ${environment}`));
  }
  const checked = checkFiles(files, date);
  if (show === "problems") return checked.problems.map(formatProblem);
  assert.ok(checked.ok, checked.problems.map(formatProblem).join("\n"));
  if (show === "coverage") return coverageLines(checked.value, date);
  if (show === "diff") return diffLines(before, checked.value, date);
  if (show === "explain") return explainLines(checked.value, ask, date);
  return show === "flows" ? flowLines(checked.value.model) : loginLines(checked.value.model);
}

function coverageLines(stack: DecidedStack, today: string): string[] {
  const coverage = coverageOf([stack], today);
  return [
    ...coverage.missed.map((entry) => `${formatPlace(entry)}: ${entry.gives}`),
    coverageSummary(coverage),
  ];
}

function explainLines(stack: DecidedStack, ask: readonly string[], today: string): string[] {
  return answerLines(answerTo(stack, ask, today)).map((line) => line.trim());
}

function diffLines(before: string, head: DecidedStack, today: string): string[] {
  const example = EXAMPLES.get(before);
  assert.ok(example, before);
  const checked = checkFiles(filesOf(example, base), today);
  assert.ok(checked.ok);
  const sections = sectionsOf(compare([{ stack: "dev", base: checked.value, head }]));
  return sections.flatMap(({ title, parts }) => [title, ...parts.flatMap(({ lines }) => lines)]);
}

function flowLines(model: FleetModel): string[] {
  return [...flows(model)].map(({ from, to, service, port, ipsec }) =>
    [from, "->", to, service, port, ipsec ? "IPsec" : "clear"].join(" "),
  );
}

function loginLines(model: FleetModel): string[] {
  const line = (who: string, host: string, sudo: readonly SudoEntry[]) =>
    `${who} on ${host}${sudo.length === 0 ? "" : ` with ${describeSudo(sudo)}`}`;
  return [...model.hosts.values()].flatMap(({ name, accounts, services }) => [
    ...accounts.map(({ person, sudo }) => line(person.name, name, sudo)),
    ...services.map(({ account, sudo }) => line(`${account.name} (service account)`, name, sudo)),
  ]);
}

/** The names in the first column of the table under a heading. */
function tableNames(heading: string): string[] {
  const [, section = ""] = PAGE.split(`${heading}\n`);
  const rows = section.split(/^#/m)[0]?.matchAll(/^\| `([^`]+)`/gm) ?? [];
  return [...rows].map(([, name = ""]) => name).sort();
}

/** Whether another example is compared with this one. */
function isCompared({ name }: Example): boolean {
  return [...EXAMPLES.values()].some(({ outcomes }) =>
    outcomes.some((outcome) => outcome.show === "diff" && outcome.base === name),
  );
}

for (const example of EXAMPLES.values()) {
  describe(`the example "${example.name}" of docs/policy.md`, () => {
    for (const outcome of example.outcomes) {
      const when = [outcome.environment, outcome.date].filter((part) => part !== undefined).join(", ");
      test(`has the ${outcome.show} that line ${outcome.line} says${when === "" ? "" : ` (${when})`}`, () => {
        assert.deepEqual(actual(example, outcome), outcome.lines);
      });
    }
    if (example.name !== BASE && !isCompared(example))
      test("shows what comes of it", () => assert.ok(example.outcomes.length > 0));
  });
}

describe("docs/policy.md", () => {
  test("has examples, and a base for them", () => {
    assert.ok(EXAMPLES.size >= 20, String(EXAMPLES.size));
    assert.deepEqual([...base.files.keys()].sort(), [
      STACK_FILE,
      "groups.json",
      "networks.json",
      "people.json",
    ]);
  });

  test("lists every key of a stack's config", () => {
    const keys = Object.keys(inventory.properties).map((key) =>
      key.includes(":") ? key : `palisade:${key}`,
    );
    assert.deepEqual(tableNames("## The inventory"), keys.sort());
  });

  test("lists every key of a host", () => {
    const keys = Object.keys(inventory.definitions.host.properties);
    assert.deepEqual(tableNames("### Hosts"), keys.sort());
  });
});
