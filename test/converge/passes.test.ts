import assert from "node:assert/strict";
import { test } from "node:test";
import { converge, MAX_PASSES } from "../../converge/passes";
import type { Engine, Observer, StackToConverge, Update } from "../../converge/types";

/** Stacks that know, after an update, whoever their neighbours exported before it: as peers of regions do. */
class Regions implements Engine {
  readonly name = "a test's engine";
  /** What was done, in order: `create us`, `up us`. */
  readonly done: string[] = [];
  private readonly exported = new Map<string, unknown>();

  constructor(
    private readonly work: (
      stack: string,
      time: number,
      exported: ReadonlyMap<string, unknown>,
    ) => Promise<[Update, exported?: unknown]>,
    private readonly refused: ReadonlySet<string> = new Set(),
  ) {}

  create(stack: string): Promise<void> {
    this.done.push(`create ${stack}`);
    return this.refused.has(stack) ? Promise.reject(new Error("no such backend")) : Promise.resolve();
  }

  async up(stack: string, say: (line: string) => void): Promise<Update> {
    const time = this.done.filter((entry) => entry === `up ${stack}`).length + 1;
    this.done.push(`up ${stack}`);
    say(`updating ${stack}`);
    const [update, value] = await this.work(stack, time, new Map(this.exported));
    await new Promise((resolve) => setImmediate(resolve));
    if (value !== undefined) this.exported.set(stack, value);
    return update;
  }

  exports(stack: string): Promise<unknown> {
    return Promise.resolve(this.exported.get(stack) ?? {});
  }

  ups(): string[] {
    return this.done.filter((entry) => entry.startsWith("up ")).map((entry) => entry.slice(3));
  }
}

const changed = (changes: number): Update => ({ ok: true, changes, failures: [] });
const US: StackToConverge = { name: "us", reads: ["eu"] };
const EU: StackToConverge = { name: "eu", reads: ["us"] };
const DEV: StackToConverge = { name: "dev", reads: [] };

class Log implements Observer {
  readonly passes: (readonly string[])[] = [];
  readonly lines: string[] = [];
  readonly updates: string[] = [];
  pass(_number: number, stacks: readonly string[]): void {
    this.passes.push(stacks);
  }
  line(stack: string, text: string): void {
    this.lines.push(`${stack}: ${text}`);
  }
  updated(stack: string): void {
    this.updates.push(stack);
  }
}

test("stacks that read each other are all made before any is updated, and updated again once the other is there", async () => {
  const engine = new Regions((stack, time) =>
    Promise.resolve([changed(time === 1 ? 40 : 9), { hosts: [stack] }]),
  );
  const log = new Log();
  const result = await converge([US, EU, DEV], engine, log);
  assert.deepEqual(engine.done.slice(0, 3).sort(), ["create dev", "create eu", "create us"]);
  assert.deepEqual(log.passes, [
    ["us", "eu", "dev"],
    ["us", "eu"],
  ]);
  assert.deepEqual(result, {
    passes: 2,
    stacks: [
      { name: "us", converged: true, updates: 2, changes: 49, failures: [] },
      { name: "eu", converged: true, updates: 2, changes: 49, failures: [] },
      { name: "dev", converged: true, updates: 1, changes: 40, failures: [] },
    ],
  });
  assert.ok(log.lines.includes("us: updating us"));
  assert.equal(log.updates.length, 5);
});

test("updates of one pass run side by side", async () => {
  let under = 0;
  let most = 0;
  const engine = new Regions(async () => {
    most = Math.max(most, ++under);
    await new Promise((resolve) => setTimeout(resolve, 5));
    under -= 1;
    return [changed(0)];
  });
  await converge([US, EU, DEV], engine, new Log());
  assert.equal(most, 3);
});

test("where nothing changes there is one pass", async () => {
  const engine = new Regions(() => Promise.resolve([changed(0)]));
  assert.equal((await converge([US, EU], engine, new Log())).passes, 1);
});

test("a chain in which each waits for the one before takes as many passes as it is long", async () => {
  const chain: StackToConverge[] = ["a", "b", "c"].map((name, index) => ({
    name,
    reads: index === 0 ? [] : [["a", "b"][index - 1] ?? ""],
  }));
  const engine = new Regions((stack, _time, exported) => {
    const read = { a: "address", b: exported.get("a"), c: exported.get("b") }[stack] ?? "unknown";
    return Promise.resolve([changed(1), read]);
  });
  const result = await converge(chain, engine, new Log());
  assert.deepEqual(engine.ups(), ["a", "b", "c", "b", "c", "c"]);
  assert.equal(result.passes, 3);
});

test("a stack that fails, or whose update can't begin, stops no other and is told", async () => {
  const engine = new Regions((stack) => {
    if (stack === "us") return Promise.reject(new Error("the program failed"));
    if (stack === "eu")
      return Promise.resolve([{ ok: false, changes: 3, failures: ["eu-1: did not answer"] }]);
    return Promise.resolve([changed(5)]);
  });
  const { stacks } = await converge([US, EU, DEV], engine, new Log());
  assert.deepEqual(
    stacks.map(({ name, converged, failures }) => ({ name, converged, failures })),
    [
      { name: "us", converged: false, failures: ["the program failed"] },
      { name: "eu", converged: false, failures: ["eu-1: did not answer"] },
      { name: "dev", converged: true, failures: [] },
    ],
  );
});

test("a failure that a later pass mends is none in the end", async () => {
  const engine = new Regions((stack, time) =>
    Promise.resolve(
      stack === "us" && time === 1
        ? [{ ok: false, changes: 0, failures: ["eu was not there"] }]
        : [changed(2), stack === "eu" ? { hosts: ["eu-1"] } : {}],
    ),
  );
  const { stacks } = await converge([US, EU], engine, new Log());
  assert.deepEqual(stacks[0], { name: "us", converged: true, updates: 2, changes: 2, failures: [] });
});

test("a stack that can't be made is not updated, and the others are", async () => {
  const engine = new Regions(() => Promise.resolve([changed(1)]), new Set(["eu"]));
  const { stacks } = await converge([US, EU], engine, new Log());
  assert.deepEqual(engine.ups(), ["us"]);
  assert.deepEqual(stacks[1], {
    ...{ name: "eu", converged: false, updates: 0, changes: 0, failures: ["no such backend"] },
  });
});

test("exports that never come to rest end it, and say so", async () => {
  const engine = new Regions((_stack, time) => Promise.resolve([changed(1), time]));
  const { passes, stacks } = await converge([US, EU], engine, new Log());
  assert.equal(passes, MAX_PASSES);
  for (const { converged, failures } of stacks) {
    assert.equal(converged, false);
    assert.match(failures.join(), /still changes after 6 passes/);
  }
});
