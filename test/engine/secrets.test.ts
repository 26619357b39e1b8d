/** Secrets: encrypted in the state, masked in events, marked in outputs. */
import assert from "node:assert/strict";
import { statSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { configSecrets, Masker } from "../../lab/engine/masker";
import { Vault } from "../../lab/engine/secrets";
import { urnName } from "../../lab/engine/urn";
import { Secret } from "../../lab/engine/values";
import { changed, withStack } from "./harness";

test(
  "no secret in the state file or in any event, its marker everywhere",
  withStack(async (stack) => {
    const things = [
      { name: "a", secret: true },
      { name: "b", from: "a" },
      { name: "c", value: "a plain word", additionalSecretOutputs: ["echo"] },
    ];
    const preview = await stack.preview(things);
    const up = await stack.up({ things, prints: `leaked: ${stack.secret}` });
    const text = stack.stateText();
    assert.ok(!text.includes(stack.secret));
    assert.ok(!JSON.stringify([preview.events, up.events]).includes(stack.secret));
    assert.ok(JSON.stringify(up.events).includes("leaked: [secret]"));
    const outputs = Object.fromEntries(
      stack.state().resources.map(({ urn, outputs }) => [urnName(urn), outputs]),
    );
    assert.deepEqual(outputs["c"]?.["echo"], new Secret("a plain word"));
    assert.equal(outputs["c"]?.["value"], "a plain word");
    assert.deepEqual(up.outputs["hidden"], { value: stack.secret, secret: true });
    assert.equal(up.outputs["echoes"]?.secret, true);
    assert.equal(statSync(stack.stateFile).mode & 0o777, 0o600);
    const again = await stack.up(things);
    assert.deepEqual(changed(again), {});
    assert.equal(stack.stateText(), text, "an unchanged secret keeps its ciphertext");
  }),
);

test(
  "another passphrase, or a damaged state, is refused by name and left alone",
  withStack(async (stack) => {
    await stack.up([{ name: "a", secret: true }]);
    const text = stack.stateText();
    const wrong = await stack.up([], { passphrase: "another" });
    assert.match(wrong.errors.join(), /dev\.json: the passphrase is not the one/);
    const stranger = await stack.up([], { stack: "prod" });
    assert.match(stranger.errors.join(), /it belongs to stack "dev"/);
    assert.equal(stack.stateText(), text);
    writeFileSync(stack.stateFile, text.slice(0, text.length / 2));
    const damaged = await stack.up([{ name: "a", secret: true }]);
    assert.match(damaged.errors.join(), /dev\.json: /);
    assert.equal(stack.stateText(), text.slice(0, text.length / 2));
  }),
);

test("a ciphertext opens only in its place and under its key", () => {
  const vault = Vault.create("one");
  const sealed = vault.encrypt("hello", "here");
  assert.equal(Vault.open("one", vault.header).decrypt(sealed, "here"), "hello");
  assert.equal(vault.encrypt("hello", "here"), sealed);
  assert.notEqual(vault.encrypt("hello", "there"), sealed);
  assert.throws(() => vault.decrypt(sealed, "there"));
  assert.throws(() => Vault.open("two", vault.header), /the passphrase is not the one/);
});

test("messages are masked, the longest secret first; a secret object's parts are not secrets of their own", () => {
  const masker = new Masker();
  masker.addFrom({
    key: new Secret("-----BEGIN KEY-----\nabc\n-----END KEY-----\n"),
    short: new Secret("ab"),
    part: new Secret("BEGIN"),
    connection: new Secret({ host: "198.51.100.1", password: new Secret("hunter2") }),
  });
  assert.equal(masker.mask("ab -----BEGIN KEY-----\nabc\n-----END KEY----- ab"), "ab [secret] ab");
  assert.equal(masker.mask("BEGIN 198.51.100.1 hunter2"), "[secret] 198.51.100.1 [secret]");
  assert.equal(masker.mask('"-----BEGIN KEY-----\\nabc\\n-----END KEY-----\\n"'), '"[secret]"');
});

test("of a secret config object the long parts are masked, but no address", () => {
  const text = JSON.stringify({ host: "2001:db8:ff1::1", user: "root", keys: ["key material"] });
  assert.deepEqual(configSecrets(text), [text, "key material"]);
  assert.deepEqual(configSecrets("plain"), ["plain"]);
});
