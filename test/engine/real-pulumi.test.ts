/**
 * The same programs through the stand-in and through the real `pulumi up --continue-on-error`: the same
 * steps, the same calls to the provider, the same outputs. Skipped where the real one is not on PATH.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { EngineRun } from "../../lab/engine";
import type { CommandSpec } from "./fixtures/commands/spec";
import type { ProgramSpec, ThingSpec } from "./fixtures/things/spec";
import { changed, type Outcome, stepsOf, TestStack } from "./harness";
import { type RealOutcome, RealStack, whyNoPulumi } from "./real";
import { Sshd, whyNoSshd } from "../attached/support/sshd";

const skip = whyNoPulumi() ?? false;
if (skip !== false) console.error(`NOT COMPARED with the real engine: ${skip}`);

interface Scenario {
  steps: (ProgramSpec | ThingSpec[])[];
  preview?: boolean;
  /** Ends with a destroy. */
  destroy?: boolean;
}

const SCENARIOS: Record<string, Scenario> = {
  "create, same, update, delete": {
    steps: [
      [{ name: "a", value: "1" }, { name: "b", from: "a" }, { name: "c" }],
      [{ name: "a", value: "1" }, { name: "b", from: "a" }, { name: "c" }],
      [
        { name: "a", value: "2" },
        { name: "b", from: "a" },
      ],
    ],
    preview: true,
    destroy: true,
  },
  "a replacement with dependents": {
    steps: [
      [
        { name: "a", kind: "x", value: "1" },
        { name: "b", from: "a" },
        { name: "c", from: "b" },
      ],
      [
        { name: "a", kind: "y", value: "2" },
        { name: "b", from: "a" },
        { name: "c", from: "b" },
      ],
    ],
    preview: true,
  },
  "delete before replace": {
    steps: ["x", "y"].map((kind) => [
      { name: "a", kind, value: kind, deleteBeforeReplace: true },
      { name: "b", from: "a", replaceOnChanges: ["value"] },
      { name: "c", from: "a" },
    ]),
    preview: true,
  },
  "the provider wants the old one gone first": {
    steps: [[{ name: "a", kind: "x", exclusive: true }], [{ name: "a", kind: "y", exclusive: true }]],
  },
  "a failure and its repair": {
    steps: [
      [
        { name: "a", value: "1", fail: "create" },
        { name: "b", from: "a" },
        { name: "d", value: "4" },
        { name: "e", from: "d" },
      ],
      [
        { name: "a", value: "1" },
        { name: "b", from: "a" },
        { name: "d", value: "4" },
        { name: "e", from: "d" },
      ],
    ],
  },
  "a failed update keeps what it needs": {
    steps: [
      [{ name: "old" }, { name: "other" }, { name: "a", value: "1", dependsOn: ["old"] }],
      [{ name: "a", value: "2", fail: "update" }],
      [{ name: "a", value: "2" }],
    ],
  },
  "a failed delete keeps what it needs": {
    steps: [[{ name: "a" }, { name: "b", dependsOn: ["a"], fail: "delete" }, { name: "c" }], []],
  },
  "components, parents and aliases": {
    steps: [
      [
        { name: "box", component: true },
        { name: "box-a", value: "2", parent: "box" },
        { name: "c", value: "3", parent: "box" },
        { name: "e", value: "5" },
      ],
      [
        { name: "crate", component: true, aliases: [{ name: "box" }] },
        { name: "crate-a", value: "2", parent: "crate" },
        { name: "c", value: "3", aliases: [{ parent: "crate" }] },
        { name: "f", value: "5", aliases: [{ name: "e" }] },
      ],
    ],
    destroy: true,
  },
  "ignoreChanges, replaceOnChanges, retainOnDelete, deletedWith": {
    steps: [
      [{ name: "a", value: "1" }, { name: "b", value: "1" }, { name: "c" }, { name: "d", deletedWith: "c" }],
      [
        { name: "a", value: "2", ignoreChanges: ["value"] },
        { name: "b", value: "2", replaceOnChanges: ["value"] },
        { name: "c", retainOnDelete: true },
        { name: "d", deletedWith: "c" },
      ],
      [],
    ],
  },
  "secrets, an explicit provider, a read and an invoke": {
    steps: ["salt", "sugar"].map((flavour) => ({
      providers: { mine: flavour },
      things: [
        { name: "a", secret: true, provider: "mine" },
        { name: "b", from: "a" },
        { name: "c", value: "x", additionalSecretOutputs: ["echo"] },
      ],
      read: "over-there",
      invoke: "hello",
    })),
    destroy: true,
  },
  "a protected resource stays": {
    steps: [[{ name: "a", kind: "x", protect: true }, { name: "b" }], [{ name: "b" }]],
  },
};

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  test(name, { skip }, () => compareThings(scenario));
}

async function compareThings({ steps, preview = false, destroy = false }: Scenario): Promise<void> {
  const stack = new TestStack();
  const log = join(stack.folder, "real-log");
  const real = await new RealStack("things", { THINGS_LOG: log }).prepare();
  try {
    for (const step of steps) {
      const { config, secretKeys } = stack.options(step);
      await real.configure(config, secretKeys);
      if (preview) compare(await stack.preview(step), await real.run("preview"), true);
      compare(await stack.up(step), await real.run("up"));
      assert.deepEqual(calls(stack.takeLog()), calls(takeLines(log)));
    }
    if (destroy) compare(await stack.destroy(), await real.run("destroy"));
    assert.deepEqual(calls(stack.takeLog()), calls(takeLines(log)));
  } finally {
    stack.remove();
    real.remove();
  }
}

/** What happened, in the stand-in's words. Steps that may run side by side have no order. */
function compare(mine: Outcome, real: RealOutcome, preview = false): void {
  assert.equal(mine.ok, real.ok, `${mine.errors.join()}\n${real.text}`);
  assert.deepEqual(stepsOf(mine).sort(), real.steps.flatMap(inOurWords).sort(), real.text);
  if (mine.ok) assert.deepEqual(changed(mine), real.changes);
  if (preview || !mine.ok) return;
  const outputs = Object.entries(mine.outputs).map(([name, { value }]) => [name, value]);
  assert.deepEqual(Object.fromEntries(outputs), real.outputs);
}

function inOurWords(step: string): string[] {
  const [name = "", operation = ""] = step.split(" ");
  if (/^default(_|$)/.test(name)) return [];
  const words: Record<string, string | undefined> = {
    "create-replacement": "replace",
    "delete-replaced": "delete of old",
    replace: undefined,
  };
  const word = operation in words ? words[operation] : operation;
  return word === undefined ? [] : [`${name} ${word}`];
}

function takeLines(file: string): string[] {
  const lines = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
  rmSync(file, { force: true });
  return lines.filter((line) => !line.startsWith("start "));
}

const calls = (lines: string[]): string[] => [...lines].sort();

const COMMANDS: CommandSpec[][] = [
  [
    { name: "a", create: "echo made; cat", stdin: "one\ntwo\n", triggers: ["1"] },
    { name: "b", create: "cat", update: "echo updated with; cat", from: "a" },
    { name: "c", create: "cat >/dev/null; echo secretly", secret: true, delete: "true" },
  ],
  [
    { name: "a", create: "echo made; cat", stdin: "one\nthree\n", triggers: ["1"] },
    { name: "b", create: "cat", update: "echo updated with; cat", from: "a" },
    { name: "c", create: "cat >/dev/null; echo secretly", secret: true, delete: "true" },
  ],
  [
    { name: "a", create: "echo made; cat", stdin: "one\nthree\n", triggers: ["2"] },
    { name: "b", create: "cat", update: "echo updated with; cat", from: "a" },
    { name: "d", create: "echo out; echo err >&2; exit 4" },
    { name: "e", create: "echo never", dependsOn: ["d"] },
  ],
];

async function compareCommands(local: boolean, connection: Record<string, string | number>): Promise<void> {
  const stack = new TestStack();
  const real = await new RealStack("commands", {}).prepare();
  const secretKeys = ["fixture:secret", "fixture:connection"];
  try {
    for (const commands of COMMANDS) {
      const config = {
        "fixture:commands": JSON.stringify(commands.map((command) => ({ ...command, local }))),
        "fixture:secret": stack.secret,
        "fixture:connection": JSON.stringify(connection),
      };
      const options: Partial<EngineRun> = {
        projectDir: join(__dirname, "fixtures", "commands"),
        providers: {},
        config,
        secretKeys,
      };
      await real.configure(config, secretKeys);
      compare(await stack.preview([], options), await real.run("preview"), true);
      const mine = await stack.up([], options);
      const theirs = await real.run("up");
      compare(mine, theirs);
      for (const { message } of mine.failed) {
        const [first = ""] = message.split("\n");
        assert.ok(theirs.text.includes(first), `${first}\nis not in\n${theirs.text}`);
      }
    }
    const options = { projectDir: join(__dirname, "fixtures", "commands"), providers: {} };
    compare(await stack.run("destroy", [], options), await real.run("destroy"));
  } finally {
    stack.remove();
    real.remove();
  }
}

test("local commands", { skip }, () => compareCommands(true, {}));

test("remote commands", { skip: skip === false ? (whyNoSshd() ?? false) : skip }, async () => {
  const sshd = await (await Sshd.prepare()).start();
  try {
    await compareCommands(false, sshd.connection());
  } finally {
    sshd.stop();
  }
});
