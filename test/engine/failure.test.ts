/** What goes wrong stays where it went wrong, and is told in words. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { changed, stepsOf, withStack } from "./harness";

test(
  "a failing resource fails only what needs it; the next up does just the rest",
  withStack(async (stack) => {
    const things = (fail?: "create") => [
      { name: "a", value: "1", fail },
      { name: "b", from: "a" },
      { name: "box", component: true, dependsOn: ["a"] },
      { name: "c", parent: "box" },
      { name: "d", value: "4" },
      { name: "e", from: "d" },
    ];
    const up = await stack.up(things("create"));
    assert.ok(!up.ok);
    assert.deepEqual(
      up.failed.map(({ urn, message }) => [urn.split("::").pop(), message]),
      [["a", "a was told to fail"]],
    );
    assert.deepEqual(up.skipped.map((urn) => urn.split("::").pop()).sort(), ["b", "box", "c"]);
    assert.deepEqual(stepsOf(up), ["d create", "e create"]);
    assert.deepEqual(up.outputs["echoes"]?.value, { d: "4", e: "4+" });
    stack.takeLog();
    const again = await stack.up(things());
    assert.deepEqual(again.failed, []);
    assert.deepEqual(
      stack
        .takeLog()
        .filter((line) => !line.includes("ed "))
        .sort(),
      ["create a", "create b", "create c"],
    );
    assert.deepEqual(changed(again), { create: 4 });
  }),
);

test(
  "after a failed update nothing is deleted that the failed one needs, all else is",
  withStack(async (stack) => {
    await stack.up([{ name: "old" }, { name: "other" }, { name: "a", value: "1", dependsOn: ["old"] }]);
    stack.takeLog();
    const up = await stack.up([{ name: "a", value: "2", fail: "update" }]);
    assert.deepEqual(up.failed.length, 1);
    assert.deepEqual(stepsOf(up), ["other delete"]);
    assert.deepEqual(
      up.skipped.map((urn) => urn.split("::").pop()),
      ["old"],
    );
    const again = await stack.up([{ name: "a", value: "2" }]);
    assert.deepEqual(stepsOf(again), ["a update", "old delete"]);
  }),
);

test(
  "a delete that fails keeps what it needs, and is tried again",
  withStack(async (stack) => {
    await stack.up([{ name: "a" }, { name: "b", dependsOn: ["a"], fail: "delete" }, { name: "c" }]);
    const up = await stack.up([]);
    assert.deepEqual(
      up.failed.map(({ message }) => message),
      ["b was told to fail"],
    );
    assert.deepEqual(stepsOf(up), ["c delete"]);
    assert.equal(stack.state().resources.length, 4);
  }),
);

test(
  "inputs that the provider refuses are named, in a preview too",
  withStack(async (stack) => {
    const preview = await stack.preview([{ name: "a", fail: "check" }, { name: "b" }]);
    assert.deepEqual(
      preview.failed.map(({ message }) => message),
      ["value: it is not to its taste"],
    );
    assert.deepEqual(changed(preview), { create: 2 });
  }),
);

test(
  "the program's own exception is told without a stack, and nothing is deleted",
  withStack(async (stack) => {
    await stack.up([{ name: "a" }]);
    stack.takeLog();
    const up = await stack.up({ things: [], throws: "the policy is wrong:\n  line two" });
    assert.deepEqual(up.errors, ["the policy is wrong:\n  line two"]);
    assert.ok(!up.ok);
    assert.deepEqual(stack.takeLog(), []);
  }),
);

test(
  "what the program prints is passed on",
  withStack(async (stack) => {
    const { events } = await stack.preview({ things: [], prints: "hello from the program" });
    const messages = events.flatMap((event) => (event.kind === "log" ? [[event.level, event.message]] : []));
    assert.deepEqual(messages, [["info", "hello from the program"]]);
  }),
);

test(
  "two resources of one name end the run",
  withStack(async (stack) => {
    const up = await stack.up([{ name: "a" }, { name: "a" }]);
    assert.ok(!up.ok);
    assert.match(up.errors.join(), /Duplicate resource URN '.*::a'/);
  }),
);

test(
  "a provider that does not start, or is not there, is named once, with what it said",
  withStack(async (stack) => {
    const broken = {
      things: { command: [process.execPath, "-e", "console.error('no engine oil'); process.exit(3)"] },
    };
    const up = await stack.up([{ name: "a" }, { name: "b" }], { providers: broken });
    assert.deepEqual(up.failed.length, 1);
    assert.match(
      up.failed[0]?.message ?? "",
      /provider things did not start: it ended with code 3\nno engine oil/,
    );
    assert.deepEqual(up.skipped.length, 2);
    const none = await stack.up([{ name: "a" }], { providers: {} });
    assert.match(none.failed[0]?.message ?? "", /no provider for package "things"/);
  }),
);

test(
  "a program that can't be loaded is a failure in words",
  withStack(async (stack) => {
    const up = await stack.up([], { projectDir: join(__dirname, "fixtures") });
    assert.ok(!up.ok);
    assert.notDeepEqual(up.errors, []);
    assert.doesNotMatch(up.errors.join("\n"), /^\s+at /m);
  }),
);
