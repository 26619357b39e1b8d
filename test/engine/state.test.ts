/** One run at a time, runs that are killed or interrupted, and the bound on what runs at once. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { changed, type TestStack, withStack } from "./harness";

async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await sleep(20);
  }
}

function logged(stack: TestStack, line: string): boolean {
  const file = join(stack.folder, "log");
  return existsSync(file) && readFileSync(file, "utf8").split("\n").includes(line);
}

function pluginOf(stack: TestStack): number {
  const text = readFileSync(join(stack.folder, "log"), "utf8");
  return Number(/^start (\d+)$/m.exec(text)?.[1]);
}

function running(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test(
  "a killed run leaves a state that tells what was done and what was under way",
  withStack(async (stack) => {
    const things = [
      { name: "a", value: "1" },
      { name: "b", from: "a", delay: 60_000 },
    ];
    const options = JSON.stringify(stack.options(things));
    const script = `require(${JSON.stringify(join(__dirname, "../../lab/engine"))}).run({...${options}, onEvent() {}})`;
    const child = spawn(process.execPath, ["--import", "tsx", "-e", script], { stdio: "ignore" });
    await until(() => logged(stack, "create b"), "the creation of b");
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    assert.ok(existsSync(`${stack.stateFile}.lock`));
    await until(() => !running(pluginOf(stack)), "the end of the plugin, which nobody is left to end");
    stack.takeLog();
    const up = await stack.up([
      { name: "a", value: "1" },
      { name: "b", from: "a" },
    ]);
    assert.deepEqual(up.errors, []);
    assert.deepEqual(changed(up), { create: 1 });
    const warnings = up.events.flatMap((event) =>
      event.kind === "log" && event.level === "warning"
        ? [`${event.resource?.name ?? ""}: ${event.message}`]
        : [],
    );
    assert.match(warnings.join(), /^b: an earlier run was interrupted during its create/);
    assert.deepEqual(stack.takeLog(), ["create b", "created b"]);
    assert.ok(!existsSync(`${stack.stateFile}.lock`));
    assert.deepEqual(stack.state().pending, []);
  }),
);

test(
  "a run that is aborted begins nothing more and ends",
  withStack(async (stack) => {
    const controller = new AbortController();
    const running = stack.up(
      [
        { name: "a", delay: 1000 },
        { name: "b", dependsOn: ["a"] },
      ],
      {
        signal: controller.signal,
      },
    );
    await until(() => logged(stack, "create a"), "the creation of a");
    controller.abort();
    const up = await running;
    assert.ok(!up.ok);
    assert.deepEqual(up.errors, ["the run was interrupted"]);
    assert.deepEqual(stack.takeLog(), ["create a", "created a"]);
    assert.deepEqual(
      changed(
        await stack.up([
          { name: "a", delay: 1000 },
          { name: "b", dependsOn: ["a"] },
        ]),
      ),
      {
        create: 1,
      },
    );
  }),
);

test(
  "a second run waits for none: it names the first; a preview needs no lock",
  withStack(async (stack) => {
    const first = stack.up([{ name: "a", delay: 4000 }]);
    await until(() => existsSync(`${stack.stateFile}.lock`), "the lock");
    const second = await stack.up([]);
    assert.match(
      second.errors.join(),
      new RegExp(`another up of this stack is running \\(process ${process.pid}\\)`),
    );
    assert.ok((await stack.preview([{ name: "a" }])).ok);
    assert.ok((await first).ok);
    assert.ok(!existsSync(`${stack.stateFile}.lock`));
    writeFileSync(`${stack.stateFile}.lock`, "not even JSON");
    assert.ok(
      (await stack.up([{ name: "a", delay: 4000 }])).ok,
      "a lock that no process holds is taken over",
    );
  }),
);

test(
  "no more operations at once than the bound, deletes included",
  withStack(async (stack) => {
    const things = ["a", "b", "c", "d", "e", "f"].map((name) => ({ name, delay: 150 }));
    const most = (): number => {
      let running = 0;
      const counts = stack.takeLog().map((line) => (running += /ed /.test(line) ? -1 : 1));
      return Math.max(...counts);
    };
    await stack.up(things, { parallel: 2 });
    assert.equal(most(), 2);
    await stack.up([], { parallel: 3 });
    assert.equal(most(), 3);
    await stack.up(things);
    assert.equal(most(), 6);
  }),
);
