/** The fixture program through whole runs: what is decided, done, and kept. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, stepsOf, TestStack, withStack } from "./harness";

test(
  "a first up creates, a second finds everything the same",
  withStack(async (stack) => {
    const things = [
      { name: "a", value: "1" },
      { name: "b", from: "a" },
    ];
    const first = await stack.up(things);
    assert.deepEqual(first.errors, []);
    assert.deepEqual(stepsOf(first), ["a create", "b create"]);
    assert.deepEqual(first.outputs["echoes"], { value: { a: "1", b: "1+" }, secret: false });
    assert.deepEqual(stack.takeLog(), ["create a", "created a", "create b", "created b"]);
    const second = await stack.up(things);
    assert.deepEqual(second.changes, { same: 3, create: 0, update: 0, replace: 0, delete: 0 });
    assert.deepEqual(stack.takeLog(), []);
    assert.deepEqual(second.outputs, first.outputs);
  }),
);

test(
  "a changed value is an update of what depends on it too, and a preview says so without doing it",
  withStack(async (stack) => {
    await stack.up([
      { name: "a", value: "1" },
      { name: "b", from: "a" },
      { name: "c", value: "3" },
    ]);
    stack.takeLog();
    const changes = [
      { name: "a", value: "2" },
      { name: "b", from: "a" },
      { name: "c", value: "3" },
    ];
    const before = stack.stateText();
    const preview = await stack.preview(changes);
    assert.deepEqual(changed(preview), { update: 2 });
    const planned = preview.events.flatMap((event) => (event.kind === "planned" ? event.changes : []));
    assert.deepEqual(planned, [
      { path: "value", kind: "update", replaces: false, old: "1", new: "2" },
      { path: "value", kind: "update", replaces: false, old: "1+", new: "[unknown]" },
    ]);
    assert.equal(stack.stateText(), before);
    assert.deepEqual(stack.takeLog(), []);
    const up = await stack.up(changes);
    assert.deepEqual(changed(up), { update: 2 });
    assert.deepEqual(stack.takeLog(), ["update a", "updated a", "update b", "updated b"]);
    assert.deepEqual(up.outputs["echoes"]?.value, { a: "2", b: "2+", c: "3" });
  }),
);

test(
  "a replacement creates, lets dependents follow, and deletes the old one at the end",
  withStack(async (stack) => {
    await stack.up([
      { name: "a", kind: "x", value: "1" },
      { name: "b", from: "a" },
    ]);
    stack.takeLog();
    const preview = await stack.preview([
      { name: "a", kind: "y", value: "2" },
      { name: "b", from: "a" },
    ]);
    assert.deepEqual(changed(preview), { update: 1, replace: 1 });
    const up = await stack.up([
      { name: "a", kind: "y", value: "2" },
      { name: "b", from: "a" },
    ]);
    assert.deepEqual(changed(up), { update: 1, replace: 1 });
    assert.deepEqual(stepsOf(up), ["a replace", "b update", "a delete of old"]);
    const log = stack.takeLog();
    assert.deepEqual(
      log.filter((line) => !line.includes("ed ")),
      ["create a", "update b", "delete a"],
    );
    assert.deepEqual(
      (
        await stack.up([
          { name: "a", kind: "y", value: "2" },
          { name: "b", from: "a" },
        ])
      ).changes.same,
      3,
    );
  }),
);

test(
  "what the program no longer has is deleted, dependents first",
  withStack(async (stack) => {
    await stack.up([
      { name: "a", value: "1" },
      { name: "b", from: "a" },
      { name: "c", from: "b" },
      { name: "d" },
    ]);
    stack.takeLog();
    assert.deepEqual(changed(await stack.preview([{ name: "d" }])), { delete: 3 });
    const up = await stack.up([{ name: "d" }]);
    assert.deepEqual(stepsOf(up), ["d same", "c delete", "b delete", "a delete"]);
    assert.deepEqual(stack.state().resources.length, 3);
  }),
);

test(
  "destroy deletes everything without the program, and leaves an empty state",
  withStack(async (stack) => {
    await stack.up([
      { name: "box", component: true },
      { name: "a", value: "1", parent: "box" },
      { name: "b", from: "a" },
    ]);
    stack.takeLog();
    const destroyed = await stack.destroy();
    assert.ok(destroyed.ok);
    assert.deepEqual(changed(destroyed), { delete: 4 });
    assert.deepEqual(stack.takeLog(), ["delete b", "deleted b", "delete a", "deleted a"]);
    assert.deepEqual(stack.state().resources, []);
  }),
);

test(
  "a replace that was asked for by name is done though nothing changed",
  withStack(async (stack) => {
    await stack.up([
      { name: "a", value: "1" },
      { name: "b", value: "2" },
    ]);
    stack.takeLog();
    const up = await stack.up(
      [
        { name: "a", value: "1" },
        { name: "b", value: "2" },
      ],
      { replace: ["b"] },
    );
    assert.deepEqual(changed(up), { replace: 1 });
    assert.deepEqual(stack.takeLog(), ["create b", "created b", "delete b", "deleted b"]);
  }),
);

test(
  "outputs, reads and invokes",
  withStack(async (stack) => {
    const up = await stack.up({ things: [], read: "over-there", invoke: "hello" });
    assert.deepEqual(up.errors, []);
    assert.equal(up.outputs["read"]?.value, "read over-there");
    assert.deepEqual(up.outputs["invoked"]?.value, { text: "hello!" });
    assert.deepEqual(stack.takeLog().sort(), ["invoke things:index:shout", "read over-there"]);
    const destroyed = await stack.destroy();
    assert.ok(destroyed.ok);
    assert.deepEqual(stack.takeLog(), [], "what was only read is not deleted");
    const missing = await stack.up({ things: [], read: "nothing" });
    assert.ok(!missing.ok);
    assert.match(missing.errors.join(), /no things:index:Thing with the id "nothing"/);
  }),
);

test(
  "another stack's outputs, with secrets kept secret; a stack that is not there ends the run",
  withStack(async (stack) => {
    const other = new TestStack("other", stack);
    try {
      assert.ok(
        (
          await other.up([
            { name: "a", value: "1" },
            { name: "s", secret: true },
          ])
        ).ok,
      );
      const up = await stack.up({ things: [], reference: "other" });
      assert.deepEqual(up.errors, []);
      assert.deepEqual(up.outputs["referred"], { value: { a: "1", s: stack.secret }, secret: true });
      assert.ok(!stack.stateText().includes(stack.secret));
      const qualified = await stack.up({ things: [], reference: "organization/fixture/other" });
      assert.deepEqual(qualified.outputs["referred"], up.outputs["referred"]);
      const missing = await stack.up({ things: [], reference: "nowhere" });
      assert.ok(!missing.ok);
      assert.match(missing.errors.join(), /unknown stack "nowhere"/);
      assert.deepEqual(missing.changes.delete, 0);
    } finally {
      other.remove();
    }
  }),
);
