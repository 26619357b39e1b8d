import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { problemsAfter, type Edit } from "./sample";

export interface BrokenCase {
  title: string;
  edits: readonly Edit[];
  /** Exactly what `check` prints, in this order. */
  problems: readonly string[];
}

const edit =
  (file: string) =>
  (from: string, to: string): Edit => ({ file, from, to });

export const groups = edit("groups.json");
export const people = edit("people.json");
export const networks = edit("networks.json");
export const tests = edit("tests.json");
export const stack = edit("Pulumi.dev.yaml");

/** One test a row: the sample with these changes has exactly these problems. */
export function caseTable(subject: string, cases: readonly BrokenCase[]): void {
  describe(`what is told of ${subject}`, () => {
    for (const { title, edits, problems } of cases) {
      test(title, () => assert.deepEqual(problemsAfter(...edits), problems));
    }
  });
}
