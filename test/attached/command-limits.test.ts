/** What the lab's provider `command` does beyond that of a release: a host can neither hold it up nor fill it. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, mock, test } from "node:test";
import { attach } from "../../lab/attached";
import { type Clock, type Limits, startClock } from "../../lab/attached/command/limits";
import { Lines, printable } from "../../lab/attached/command/output";
import { Kept } from "../../lab/grpc/kept";
import { messageOf } from "../../lab/grpc/server";
import { type Properties, text } from "../../lab/grpc/values";
import { CommandClient } from "./support/command-client";
import { Cable } from "./support/cable";
import { serveAttached } from "./support/served";
import { until } from "./support/until";
import { freePort, Sshd, whyNoSshd } from "./support/sshd";

const MEBIBYTE = 1024 * 1024;

test("output is kept from its beginning and its end, and what is left out is counted", () => {
  const kept = new Kept(MEBIBYTE);
  const printed = Array.from({ length: 400_000 }, (_, index) => `${index}\n`).join("");
  for (let at = 0; at < printed.length; at += 30_000) kept.add(Buffer.from(printed.slice(at, at + 30_000)));
  const half = MEBIBYTE / 2;
  assert.equal(
    kept.text(),
    `${printed.slice(0, half)}\n[${printed.length - MEBIBYTE} bytes are left out here]\n${printed.slice(-half)}`,
  );
  const whole = new Kept(MEBIBYTE);
  for (let at = 0; at < MEBIBYTE; at += 1024) whole.add(Buffer.from(printed.slice(at, at + 1024)));
  assert.equal(whole.text(), printed.slice(0, MEBIBYTE));
});

test("what can't be shown safely is left out", () => {
  const shown: [raw: string, shown: string][] = [
    ["plain\n\ttext: äöü 漢字", "plain\n\ttext: äöü 漢字"],
    ["\u001b[31mred\u001b[0m \u001b[2Kgone \u001b]0;title\u0007end", "red gone end"],
    ["\u009b31mC1 \u0007bell\r\nback\b\u007f\u0000", "C1 bell\nback"],
    ["turned \u202eround\u2066 \ufeff", "turned round "],
  ];
  for (const [raw, safe] of shown) assert.equal(printable(raw), safe);
});

test("long lines come in pieces, letters whole, and not without end", async () => {
  const lines: string[] = [];
  const shown = new Lines("stdoutAndStderr", (line) => Promise.resolve(void lines.push(line)));
  const letter = Buffer.from("ä");
  shown.add("stdout", letter.subarray(0, 1));
  shown.add("stderr", Buffer.from("else\n"));
  shown.add("stdout", Buffer.concat([letter.subarray(1), Buffer.from("x".repeat(10_000))]));
  shown.add("stdout", Buffer.from("rest"));
  await shown.end();
  assert.deepEqual(lines, ["else", `ä${"x".repeat(10_000)}`, "rest"]);
  const flood = new Lines("stdout", (line) => Promise.resolve(void lines.push(line)));
  lines.length = 0;
  for (let many = 0; many < 100; many += 1) flood.add("stdout", Buffer.from("a line\n".repeat(1000)));
  await flood.end();
  assert.deepEqual([lines.length, lines.at(-1)], [5001, "[further lines are not shown]"]);
});

test("a command's own time counts from the first try to dial, the others from its beginning", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const limits = { silence: 10, total: 35 };
    const reasons = [...clocks(limits)].map(({ signal }) => messageOf(signal.reason));
    assert.deepEqual(reasons, [
      "it was not done within its time of 20 s, and was given up",
      "the command printed nothing for 10 s, and was given up",
      "the command was not done within 35 s, and was given up",
    ]);
  } finally {
    mock.timers.reset();
  }
});

/** Clocks that have run out, each right after its time was up and not before. */
function* clocks(limits: Limits): Generator<Clock> {
  const own = startClock(20, limits);
  own.heard();
  yield runOut(own, 20);
  const silent = startClock(0, limits);
  mock.timers.tick(100_000);
  silent.heard();
  yield runOut(silent, 10);
  const busy = startClock(0, limits);
  for (let heard = 0; heard < 4; heard += 1) {
    busy.heard();
    mock.timers.tick(8000);
  }
  busy.heard();
  yield runOut(busy, 35 - 4 * 8);
}

function runOut(clock: Clock, seconds: number): Clock {
  mock.timers.tick(seconds * 1000 - 1);
  assert.equal(clock.signal.aborted, false);
  mock.timers.tick(1);
  assert.equal(clock.signal.aborted, true);
  return clock;
}

const noSshd = whyNoSshd();

describe("on a host", { skip: noSshd ?? false }, () => {
  let sshd: Sshd;
  before(async () => {
    sshd = await (await Sshd.prepare()).start();
  });
  after(() => sshd.stop());

  async function withClient(
    work: (client: CommandClient) => Promise<void>,
    limits = { silence: 600, total: 3600 },
  ): Promise<void> {
    const client = await CommandClient.start(() => serveAttached({ command: true, limits }));
    try {
      await work(client);
    } finally {
      await client.stop();
    }
  }

  /** A command that writes down its process and goes on for as long as somebody listens. */
  function hanging(name: string): { inputs: Properties; pid: () => string } {
    const file = join(sshd.folder, name);
    const create = `echo $$ > ${file}; echo begun >&2; while echo alive; do sleep 0.1; done`;
    const pid = (): string => (existsSync(file) ? readFileSync(file, "utf8").trim() : "");
    return { inputs: { connection: sshd.connection(), create, logging: "stderr" }, pid };
  }

  const isGone = (pid: string): boolean => pid !== "" && !existsSync(`/proc/${pid}`);

  test("a flood is cut, in the state and in a failure, whose last words are there", async () => {
    await withClient(async (client) => {
      const create = "yes 0123456789 | head -c 3000000; printf '\\033[31mthe reason\\033[0m\\n'";
      const inputs = { connection: sshd.connection(), create, logging: "none" };
      const { outputs } = await client.create(inputs);
      const stdout = text(outputs, "stdout") ?? "";
      assert.ok(stdout.length < MEBIBYTE + 100, String(stdout.length));
      assert.match(stdout, /\n\[\d+ bytes are left out here\]\n/);
      await assert.rejects(client.create({ ...inputs, create: `${create}; exit 1` }), (error: Error) => {
        assert.ok(error.message.length < 20_100, String(error.message.length));
        assert.match(error.message, /^Process exited with status 1: running "yes/);
        assert.match(error.message, /\[\d+ bytes are left out here\]\n[^]*the reason\n$/);
        return true;
      });
    });
  });

  test("a command that outlives its time is ended, and its failure says which time that was", async () => {
    const ended = (why: string): RegExp =>
      new RegExp(`^Error: ${why}, and was given up(: running ".*":\n[^]*)?$`);
    const { inputs } = hanging("outlives");
    const silent = { connection: sshd.connection(), create: "sleep 30" };
    await withClient(
      async (client) => {
        const own = "it was not done within its time of 1 s";
        await assert.rejects(client.create(inputs, { timeout: 1 }), ended(own));
        await assert.rejects(client.create(silent), ended("the command printed nothing for 2 s"));
      },
      { silence: 2, total: 3600 },
    );
    await withClient(
      async (client) => {
        await assert.rejects(client.create(inputs), ended("the command was not done within 2 s"));
      },
      { silence: 600, total: 2 },
    );
  });

  test("a host that does not answer is given up when its resource's time is up", async () => {
    await withClient(async (client) => {
      const connection = { ...sshd.connection(), port: await freePort(), dialErrorLimit: -1 };
      await assert.rejects(client.create({ connection, create: "true" }, { timeout: 1 }), {
        message: "it was not done within its time of 1 s, and was given up",
      });
    });
  });

  test("an interrupt ends what runs, what dials and what comes, at once", async () => {
    await withClient(async (client) => {
      const { inputs, pid } = hanging("interrupted");
      const nowhere = { ...sshd.connection(), port: await freePort(), dialErrorLimit: -1 };
      const running = client.create(inputs);
      const dialling = client.create({ connection: nowhere, create: "true" });
      const ends = Promise.allSettled([running, dialling]);
      await until(() => client.engine.lines().includes("begun"));
      await client.cancel();
      let settled = false;
      void ends.then(() => (settled = true));
      await until(() => settled);
      await assert.rejects(running, /^Error: the update was interrupted: running "echo .*":\n[^]*begun\n/);
      await assert.rejects(dialling, { message: "the update was interrupted" });
      await assert.rejects(client.create(inputs), { message: "the update was interrupted" });
      await until(() => isGone(pid()));
    });
  });

  test("a command ends with the engine that asked for it", async () => {
    await withEngineGone(async (client, goAway) => {
      const { inputs, pid } = hanging("left");
      const running = assert.rejects(client.create(inputs));
      await until(() => client.engine.lines().includes("begun"));
      goAway();
      await running;
      await until(() => isGone(pid()));
    });
  });

  test("a command ends with the lab", async () => {
    const client = await CommandClient.start(() => serveAttached({ command: true }));
    const { inputs, pid } = hanging("closed");
    const running = assert.rejects(client.create(inputs));
    await until(() => client.engine.lines().includes("begun"));
    await Promise.all([running, client.stop()]);
    await until(() => isGone(pid()));
  });

  /** With a wire between engine and provider that can be cut, as when an engine is killed. */
  async function withEngineGone(
    work: (client: CommandClient, goAway: () => void) => Promise<void>,
  ): Promise<void> {
    const served = await serveAttached({ command: true });
    const cable = await Cable.to(served.address);
    const client = await CommandClient.start(() => Promise.resolve({ ...served, address: cable.address }));
    try {
      await work(client, () => cable.cut());
    } finally {
      await client.stop();
      cable.cut();
    }
  }

  test("hosts that were dialled are told, those that were only planned are not", async () => {
    const attached = await attach({ languageHost: false, command: true }, () => undefined);
    const port = String(attached.environment["PULUMI_DEBUG_PROVIDERS"]).replace("command:", "");
    const served = { address: `127.0.0.1:${port}`, printed: () => "", stop: () => attached.close() };
    const client = await CommandClient.start(() => Promise.resolve(served));
    const gone = { ...sshd.connection(), host: "127.0.0.9", port: await freePort(), dialErrorLimit: 0 };
    await client.create({ connection: { ...gone, host: "192.0.2.1" }, create: "true" }, { preview: true });
    assert.deepEqual(attached.contacted(), []);
    await client.create({ connection: sshd.connection(), create: "true" });
    await assert.rejects(client.create({ connection: gone, create: "true" }));
    assert.deepEqual(attached.contacted(), ["127.0.0.1", "127.0.0.9"]);
    await client.stop();
  });
});
