/**
 * Policy packs under the stand-in: what is refused and what only shown, before a resource is touched. Where the real
 * `pulumi` is on PATH, the same programs and packs go through it, with the same verdicts.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { ThingSpec } from "./fixtures/things/spec";
import { TestStack, withStack } from "./harness";
import { RealStack, violationLine, violationLines, whyNoPulumi } from "./real";

const PACK = join(__dirname, "fixtures", "rules");
const packs = { policyPacks: [PACK] };

interface Scenario {
  things: ThingSpec[];
  /** What the pack says, sorted. */
  preview: string[];
  up: string[];
  /** What the update asks of the provider, sorted. */
  done: string[];
}

const IS_BAD = violationLine(
  "mandatory",
  "nothing-bad",
  "b",
  "No thing's value is bad.\nb is bad, from default, protected: false",
);
const IS_POOR = violationLine("advisory", "nothing-poor", "a", "Few things' values are poor.\na is poor");
const FEW = "A stack has few things, and none comes out awful.";
const MANY = violationLine(
  "mandatory",
  "few-things",
  "fixture-dev",
  `${FEW}\n4 things: b in box, b needs a, b.value from a, c needs a`,
);

/** What `@pulumi/policy` says of a rule that looks at a value which a preview can't know. */
const cannotRun = (rule: string): string =>
  violationLine(
    "advisory",
    rule,
    "b",
    `can't run policy '${rule}' from policy pack 'rules@v1.2.3' during preview: ` +
      "string value at .value can't be known during preview",
  );

const SCENARIOS: Record<string, Scenario> = {
  "a preview finds all; an update only shows what is advisory, and ends before what is not": {
    things: [
      { name: "a", value: "poor" },
      { name: "b", value: "bad", fail: "check", dependsOn: ["a"] },
      { name: "c", dependsOn: ["b"] },
    ],
    preview: [IS_POOR, IS_BAD],
    up: [IS_POOR, IS_BAD],
    done: ["create a", "created a"],
  },
  "the stack is judged at the end, by its outputs and links": {
    things: [
      { name: "box", component: true },
      { name: "a", value: "awful" },
      { name: "b", from: "a", parent: "box" },
      { name: "c", dependsOn: ["a"] },
      { name: "d" },
    ],
    preview: [...["never-broken", "nothing-bad", "nothing-poor"].map(cannotRun), MANY],
    up: [violationLine("mandatory", "few-things", "a", `${FEW}\na came out awful`), MANY],
    done: [..."abcd"].flatMap((name) => [`create ${name}`, `created ${name}`]).sort(),
  },
};

const mandatory = (lines: string[]): boolean => lines.some((line) => line.startsWith("mandatory"));

describe("policy packs", () => {
  for (const [name, { things, preview, up, done }] of Object.entries(SCENARIOS)) {
    test(
      name,
      withStack(async (stack) => {
        const seen = await stack.preview(things, packs);
        assert.deepEqual([violationLines(seen), seen.errors], [preview, []]);
        assert.equal(seen.ok, !mandatory(preview));
        assert.deepEqual(stack.takeLog(), []);
        const made = await stack.up(things, packs);
        assert.deepEqual(violationLines(made), up);
        assert.equal(made.ok, !mandatory(up));
        assert.deepEqual(stack.takeLog().sort(), done);
      }),
    );
  }

  test(
    "a rule that fails ends the run before the resource is touched; a destroy is not judged",
    withStack(async (stack) => {
      const { ok, errors } = await stack.up([{ name: "a", value: "confusing" }], packs);
      assert.equal(ok, false);
      assert.match(errors.join(), /policy pack rules: .*the rule is confused/s);
      assert.deepEqual(stack.takeLog(), []);
      assert.equal((await stack.run("destroy", [], packs)).ok, true);
    }),
  );

  test(
    "a pack that does not start ends the run, and says why",
    withStack(async (stack) => {
      const { ok, errors } = await stack.up([{ name: "a" }], { policyPacks: [join(__dirname, "fixtures")] });
      assert.equal(ok, false);
      assert.match(errors.join(), /policy pack fixtures did not start: .*failed to locate the entry point/s);
      assert.deepEqual(stack.takeLog(), []);
    }),
  );
});

const skip = whyNoPulumi() ?? false;
if (skip !== false) console.error(`NOT COMPARED with the real engine: ${skip}`);

describe("the real engine's verdicts are the same", { skip }, () => {
  for (const [name, { things, preview, up, done }] of Object.entries(SCENARIOS)) {
    test(name, async () => {
      const stack = new TestStack();
      const real = await new RealStack("things", { THINGS_LOG: join(stack.folder, "log") }).prepare();
      try {
        const { config, secretKeys } = stack.options(things);
        await real.configure(config, secretKeys);
        const runs = [["preview", preview] as const, ["up", up] as const];
        for (const [operation, expected] of runs) {
          const outcome = await real.run(operation, ["--policy-pack", PACK]);
          assert.deepEqual(outcome.violations.sort(), expected, outcome.text);
          assert.equal(outcome.ok, !mandatory(expected), outcome.text);
        }
        assert.deepEqual(stack.takeLog().sort(), done);
      } finally {
        stack.remove();
        real.remove();
      }
    });
  }
});
