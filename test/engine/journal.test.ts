/** What a run writes down as it goes, and what the next one makes of it after a kill. */
import assert from "node:assert/strict";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { journalOf } from "../../lab/engine/journal";
import { Snapshot } from "../../lab/engine/snapshot";
import type { ResourceState } from "../../lab/engine/state";
import { loadState } from "../../lab/engine/state-file";
import { Secret } from "../../lab/engine/values";

const STACK = { project: "fixture", stack: "dev" };

function resource(name: string, value: string): ResourceState {
  return {
    urn: `urn:pulumi:dev::fixture::things:index:Thing::${name}`,
    type: "things:index:Thing",
    custom: true,
    id: name,
    inputs: { value, key: new Secret(`secret of ${name}`) },
    outputs: {},
    parent: "",
    dependencies: [],
    propertyDependencies: {},
    provider: "",
    protect: false,
    retainOnDelete: false,
    deletedWith: "",
    additionalSecretOutputs: [],
    replaceOnChanges: [],
    ignoreChanges: [],
    timeouts: { create: 0, update: 0, delete: 0 },
    external: false,
    condemned: false,
    awaitsReplacement: false,
    initErrors: [],
  };
}

const load = (file: string) => loadState(file, "a passphrase", STACK);

/** `id=value`, with a mark on what is condemned, and what is under way, as the next run would find it. */
async function found(file: string): Promise<string[]> {
  const { state } = await load(file);
  return [
    ...state.resources.map(({ id, inputs, condemned }) => {
      assert.ok(inputs.key instanceof Secret && inputs.key.value === `secret of ${id}`);
      return `${id}=${typeof inputs.value === "string" ? inputs.value : "?"}${condemned ? " condemned" : ""}`;
    }),
    ...state.pending.map(({ operation, urn }) => `${operation} of ${urn.split("::").pop() ?? ""}`),
  ];
}

function inFolder(body: (file: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), "journal-test-"));
    try {
      await body(join(folder, "dev.json"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

/** A stack of a, b and c, written whole. */
async function stackOfThree(file: string): Promise<void> {
  const snapshot = new Snapshot(await load(file), file);
  for (const name of ["a", "b", "c"]) snapshot.put(resource(name, "1"));
  await snapshot.close();
}

async function opened(file: string): Promise<{ snapshot: Snapshot; by: (id: string) => ResourceState }> {
  const loaded = await load(file);
  const by = (id: string): ResourceState => {
    const one = loaded.state.resources.find((candidate) => candidate.id === id);
    assert.ok(one !== undefined, id);
    return one;
  };
  return { snapshot: new Snapshot(loaded, file), by };
}

describe("the journal of a run", () => {
  test(
    "after every save, a run that is killed has lost nothing",
    inFolder(async (file) => {
      await stackOfThree(file);
      const whole = readFileSync(file, "utf8");
      const { snapshot, by } = await opened(file);

      snapshot.put(resource("a", "2"), by("a"));
      await snapshot.save();
      assert.deepEqual(await found(file), ["a=2", "b=1", "c=1"]);

      snapshot.put(resource("b", "1"), by("b"));
      snapshot.drop(by("c"));
      await snapshot.save();
      assert.deepEqual(await found(file), ["a=2", "b=1"]);

      const { urn } = resource("d", "1");
      await snapshot.during({ urn, operation: "create" }, async () => {
        assert.deepEqual(await found(file), ["a=2", "b=1", "create of d"]);
      });
      snapshot.put(resource("d", "1"));
      await snapshot.save();
      assert.deepEqual(await found(file), ["a=2", "b=1", "d=1"]);

      const d = snapshot.find(urn);
      assert.ok(d !== undefined);
      d.condemned = true;
      snapshot.touch(d);
      snapshot.put({ ...resource("d", "3"), id: "d" });
      await snapshot.save();
      assert.deepEqual(await found(file), ["a=2", "b=1", "d=1 condemned", "d=3"]);

      assert.equal(readFileSync(file, "utf8"), whole, "the file itself is written at the end");
      assert.equal(statSync(journalOf(file)).mode & 0o777, 0o600);
      assert.doesNotMatch(readFileSync(journalOf(file), "utf8"), /secret of/);
      await snapshot.close();
      assert.ok(!existsSync(journalOf(file)));
      assert.deepEqual(await found(file), ["a=2", "b=1", "d=1 condemned", "d=3"]);
    }),
  );

  test(
    "a write that was cut off never came to be, and a further run goes on from there",
    inFolder(async (file) => {
      await stackOfThree(file);
      const { snapshot, by } = await opened(file);
      snapshot.put(resource("a", "2"), by("a"));
      await snapshot.save();
      const length = statSync(journalOf(file)).size;
      snapshot.put(resource("b", "2"), by("b"));
      await snapshot.save();
      const text = readFileSync(journalOf(file), "utf8");
      for (const cut of [length + 1, length + 40, text.length - 1]) {
        writeFileSync(journalOf(file), text.slice(0, cut));
        assert.deepEqual(await found(file), ["a=2", "b=1", "c=1"], `cut at ${cut}`);
      }
      const next = await opened(file);
      next.snapshot.put(resource("c", "2"), next.by("c"));
      await next.snapshot.save();
      assert.deepEqual((await found(file)).sort(), ["a=2", "b=1", "c=2"]);
      next.snapshot.drop(next.by("b"));
      await next.snapshot.save();
      assert.deepEqual((await found(file)).sort(), ["a=2", "c=2"]);
    }),
  );

  test(
    "a journal of an older file changes nothing; one that is damaged is refused by name",
    inFolder(async (file) => {
      await stackOfThree(file);
      const { snapshot, by } = await opened(file);
      snapshot.drop(by("a"));
      await snapshot.save();
      copyFileSync(journalOf(file), `${file}.kept`);
      await snapshot.close();
      copyFileSync(`${file}.kept`, journalOf(file));
      assert.deepEqual(await found(file), ["b=1", "c=1"]);

      const { snapshot: again, by: named } = await opened(file);
      again.drop(named("b"));
      again.drop(named("c"));
      await again.save();
      again.put(resource("e", "1"));
      await again.save();
      writeFileSync(journalOf(file), readFileSync(journalOf(file), "utf8").replace('"put":', '"pot":'));
      await assert.rejects(load(file), /dev\.json: line 2 of its journal is not right/);
    }),
  );

  test(
    "a step costs its own size, however many resources there are; one that changed nothing costs nothing",
    inFolder(async (file) => {
      const sizes: number[] = [];
      for (const count of [10, 1000]) {
        const first = new Snapshot(await load(file), file);
        for (let index = 0; index < count; index += 1) first.put(resource(`r${count}-${index}`, "1"));
        await first.close();
        const whole = readFileSync(file, "utf8");
        const same = await opened(file);
        for (const old of same.snapshot.remaining()) same.snapshot.put({ ...old }, old);
        await same.snapshot.save();
        await same.snapshot.close();
        assert.ok(!existsSync(journalOf(file)));
        assert.equal(readFileSync(file, "utf8"), whole);
        const { snapshot, by } = await opened(file);
        snapshot.put(resource("r10-1", `of ${count}`), by("r10-1"));
        await snapshot.save();
        sizes.push(statSync(journalOf(file)).size);
        await snapshot.close();
      }
      const [few = 0, many = 0] = sizes;
      assert.ok(many < few * 1.1, `${few} bytes for a step of 10 resources, ${many} of 1010`);
    }),
  );
});
