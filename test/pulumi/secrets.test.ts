/** Secrets: encrypted in the state, masked in all that is shown, and of no use without the passphrase. */
import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { PROJECT } from "../../lab/deploy/session";
import { filesBelow } from "../lab/support/files";
import { ScratchStack } from "../support/pulumi";

const SECRET = "correct horse battery staple";

describe("a stack with a secret", () => {
  let stack: ScratchStack;
  before(async () => {
    stack = await ScratchStack.open({
      program: join(__dirname, "fixtures", "secrets"),
      providers: { command: join(PROJECT, "bench", "preview", "hosts") },
    });
    await stack.configure({}, { "fixture:secret": SECRET });
  });
  after(() => stack.remove());

  /** Every file that is kept of the stack, by path. */
  function kept(): Map<string, string> {
    const files = ["backend", "project"].flatMap((folder) =>
      filesBelow(join(stack.folder, folder)).map((file) => join(stack.folder, folder, file)),
    );
    return new Map(files.map((file) => [file, readFileSync(file, "utf8")]));
  }

  test("shows it nowhere, and keeps it only encrypted", async () => {
    const [preview, up] = [await stack.run("preview"), await stack.run("up")];
    assert.ok(preview.ok && up.ok, preview.text + up.text);
    assert.match(up.text, /leaked: \[secret\]/);
    assert.match(up.text, /hidden: \[secret\]/);
    assert.match(up.text, /plain: a plain word/);
    const files = kept();
    assert.ok([...files.values()].some((text) => text.includes("::pushed") && text.includes("a plain word")));
    for (const [file, text] of [...files, ["a preview's output", preview.text], ["an up's", up.text]])
      assert.ok(!text?.includes(SECRET), file);
    assert.deepEqual(await stack.stack.outputs(), { hidden: SECRET, plain: "a plain word" });
    assert.equal(statSync(join(stack.folder, "backend")).mode & 0o777, 0o700);
  });

  test("is left alone by whoever has another passphrase, and says so", async () => {
    const file = join(stack.folder, "passphrase");
    const [right, before] = [readFileSync(file), kept()];
    writeFileSync(file, "another passphrase");
    const { ok, text } = await stack.run("up");
    writeFileSync(file, right);
    assert.ok(!ok);
    assert.match(text, /incorrect passphrase/);
    assert.deepEqual(kept(), before);
    const again = await stack.run("up");
    assert.ok(again.ok, again.text);
  });
});
