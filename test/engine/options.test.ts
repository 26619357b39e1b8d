/** Resource options, each in the way the real engine takes it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, stepsOf, withStack } from "./harness";

test(
  "aliases: a renamed resource, and a child of a renamed component, are the same as before",
  withStack(async (stack) => {
    await stack.up([
      { name: "a", value: "1" },
      { name: "box", component: true },
      { name: "box-a", value: "2", parent: "box" },
      { name: "c", value: "3", parent: "box" },
      { name: "d", from: "a" },
    ]);
    stack.takeLog();
    const up = await stack.up([
      { name: "a2", value: "1", aliases: [{ name: "a" }] },
      { name: "crate", component: true, aliases: [{ name: "box" }] },
      { name: "crate-a", value: "2", parent: "crate" },
      { name: "c", value: "3", aliases: [{ parent: "crate" }] },
      { name: "d", from: "a2" },
    ]);
    assert.deepEqual(up.errors, []);
    assert.deepEqual(changed(up), {});
    assert.deepEqual(stack.takeLog(), []);
    assert.ok(!stack.stateText().includes('::a"'), "references follow to the new name");
  }),
);

test(
  "protect: neither deleted nor replaced until it is lifted",
  withStack(async (stack) => {
    await stack.up([{ name: "a", kind: "x", protect: true }]);
    const replaced = await stack.up([{ name: "a", kind: "y", protect: true }]);
    assert.match(replaced.failed[0]?.message ?? "", /is protected/);
    const deleted = await stack.up([]);
    assert.match(deleted.failed[0]?.message ?? "", /it is protected/);
    assert.deepEqual(changed(await stack.up([{ name: "a", kind: "x" }])), {});
    assert.deepEqual(changed(await stack.up([])), { delete: 1 });
  }),
);

test(
  "ignoreChanges, replaceOnChanges, retainOnDelete",
  withStack(async (stack) => {
    await stack.up([{ name: "a", value: "1" }, { name: "b", value: "1" }, { name: "c" }]);
    stack.takeLog();
    const up = await stack.up([
      { name: "a", value: "2", ignoreChanges: ["value"] },
      { name: "b", value: "2", replaceOnChanges: ["value"] },
      { name: "c", retainOnDelete: true },
    ]);
    assert.deepEqual(changed(up), { replace: 1 });
    assert.deepEqual(up.outputs["echoes"]?.value, { a: "1", b: "2", c: "" });
    stack.takeLog();
    const less = await stack.up([]);
    assert.deepEqual(changed(less), { delete: 3 });
    assert.deepEqual(
      stack
        .takeLog()
        .filter((line) => line.startsWith("delete "))
        .sort(),
      ["delete a", "delete b"],
    );
  }),
);

test(
  "deleteBeforeReplace takes along what would be replaced with it, and only that",
  withStack(async (stack) => {
    const things = (kind: string) => [
      { name: "a", kind, value: kind, deleteBeforeReplace: true },
      { name: "b", from: "a", replaceOnChanges: ["value"] },
      { name: "c", from: "a" },
    ];
    await stack.up(things("x"));
    stack.takeLog();
    assert.deepEqual(changed(await stack.preview(things("y"))), { update: 1, replace: 2 });
    assert.deepEqual(stack.takeLog(), []);
    const up = await stack.up(things("y"));
    assert.deepEqual(up.failed, []);
    const log = stack.takeLog().filter((line) => !line.includes("ed "));
    assert.deepEqual(log.slice(0, 3), ["delete b", "delete a", "create a"]);
    assert.deepEqual(log.slice(3).sort(), ["create b", "update c"]);
    assert.deepEqual(changed(up), { update: 1, replace: 2 });
    assert.deepEqual(changed(await stack.up(things("y"))), {});
  }),
);

test(
  "deletedWith leaves the deletion to the other's, and a replacement of the other replaces",
  withStack(async (stack) => {
    const things = (kind: string) => [
      { name: "a", kind },
      { name: "b", value: "1", deletedWith: "a" },
    ];
    await stack.up(things("x"));
    stack.takeLog();
    assert.deepEqual(changed(await stack.up(things("y"))), { replace: 2 });
    stack.takeLog();
    const less = await stack.up([]);
    assert.deepEqual(changed(less), { delete: 2 });
    assert.deepEqual(stack.takeLog(), ["delete a", "deleted a"]);
  }),
);

test(
  "an explicit provider is configured, shown, and deleted after its resources",
  withStack(async (stack) => {
    const program = { providers: { mine: "salt" }, things: [{ name: "a", value: "1", provider: "mine" }] };
    const up = await stack.up(program);
    assert.deepEqual(up.errors, []);
    assert.deepEqual(stepsOf(up), ["mine create", "a create"]);
    const changedConfig = await stack.up({ ...program, providers: { mine: "sugar" } });
    assert.deepEqual(stepsOf(changedConfig), ["mine update", "a same"]);
    assert.deepEqual(stepsOf(await stack.destroy()), ["a delete", "mine delete"]);
  }),
);
