/**
 * Snapshots of what is registered, for review: graph/STACK.txt, and the table in README.md. `make graph` writes both
 * anew; the change of these files then shows what a change of the program does to each stack.
 */
import { createTwoFilesPatch } from "diff";
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import * as prettier from "prettier";
import { createsTable } from "./creates";
import { graphText } from "./graph";
import { runProgram, type Registered } from "./program";

const PROJECT = join(__dirname, "..", "..");
const STACKS = ["dev", "prod"];
const [BEGIN, END] = ["<!-- what a stack creates: make graph -->", "<!-- end -->"];

/** Compares a file of the project with what it should be, or writes it. */
function hold(file: string, wanted: string): void {
  const path = join(PROJECT, file);
  if (process.env["PALISADE_WRITE_GRAPH"] === "1") writeFileSync(path, wanted);
  const found = readFileSync(path, "utf8");
  const patch = createTwoFilesPatch(file, "what is registered", found, wanted, "", "", { context: 1 });
  assert.ok(found === wanted, `${patch}\nIf this is what you meant: make graph`);
}

describe("what a stack registers", () => {
  const previewed = new Map<string, Registered[]>();
  const updated = new Map<string, Registered[]>();
  before(async () => {
    for (const stack of STACKS) {
      previewed.set(stack, await runProgram({ stack, preview: true }));
      updated.set(stack, await runProgram({ stack, preview: false }));
    }
  });

  for (const stack of STACKS) {
    test(`${stack}: is as reviewed, in a preview and in an update`, () => {
      const graph = graphText(updated.get(stack) ?? []);
      assert.equal(graph.split("\n").length - 1, updated.get(stack)?.length, "every resource has its line");
      hold(`test/components/graph/${stack}.txt`, graph);
      assert.equal(graphText(previewed.get(stack) ?? []), graph);
    });
  }

  test("README.md tells how much of what", async () => {
    const readme = readFileSync(join(PROJECT, "README.md"), "utf8");
    const [head, rest = ""] = readme.split(BEGIN);
    const [, tail] = rest.split(END);
    assert.ok(tail !== undefined, `README.md has ${BEGIN} and ${END}`);
    const text = `${head}${BEGIN}\n\n${createsTable(updated)}\n\n${END}${tail}`;
    const options = await prettier.resolveConfig(join(PROJECT, "README.md"));
    hold("README.md", await prettier.format(text, { ...options, parser: "markdown" }));
  });
});
