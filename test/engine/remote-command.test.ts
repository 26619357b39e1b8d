/** `command:remote:Command` against a real sshd. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CommandProvider } from "../../lab/engine/providers/command";
import type { Created } from "../../lab/engine/providers/provider";
import { type Properties, Secret } from "../../lab/engine/values";
import { type Outcome, TestStack } from "./harness";
import { freePort, generateKey, Sshd, whyNoSshd } from "../attached/support/sshd";

const URN = "urn:pulumi:dev::test::command:remote:Command::web-1-firewall";
const skip = whyNoSshd() ?? false;
if (skip !== false) console.error(`NOT TESTED: remote commands, since ${skip}`);

class Run {
  readonly logs: { level: string; message: string; passing: boolean }[] = [];
  readonly contacted: string[] = [];
  readonly provider = new CommandProvider({
    log: (level, message, _urn, passing) => this.logs.push({ level, message, passing }),
    contacted: (host) => this.contacted.push(host),
  });

  async create(inputs: Properties, timeout = 0): Promise<Created> {
    const { inputs: checked, failures } = await this.provider.check(URN, undefined, inputs);
    assert.deepEqual(failures, []);
    return this.provider.create({ urn: URN, inputs: checked, preview: false, timeout });
  }

  update(oldOutputs: Properties, inputs: Properties): ReturnType<CommandProvider["update"]> {
    const rest = { oldInputs: {}, ignoreChanges: [], preview: false, timeout: 0 };
    return this.provider.update({ urn: URN, id: "x", inputs, oldOutputs, ...rest });
  }
}

describe("a remote command", { skip }, () => {
  let sshd: Sshd;
  before(async () => {
    sshd = await (await Sshd.prepare()).start();
  });
  after(() => sshd.stop());

  test("takes stdin, keeps the streams apart, and drops the last newline", async () => {
    const run = new Run();
    const text = "line one\nlast line\n\n".repeat(5000);
    const { id, outputs } = await run.create({
      connection: sshd.connection(),
      create: "cat; echo oops >&2",
      stdin: text,
    });
    assert.match(id, /^web-1-firewall[0-9a-f]{8}$/);
    assert.equal(outputs["stdout"], text.slice(0, -1));
    assert.equal(outputs["stderr"], "oops");
    assert.equal(outputs["stdin"], text);
    assert.deepEqual(run.contacted, ["127.0.0.1"]);
    assert.ok(run.logs.every(({ passing }) => passing));
    assert.ok(run.logs.some(({ message }) => message === "oops"));
  });

  test("without stdin the command sees an end of file, also with nothing to do", async () => {
    const run = new Run();
    const { outputs } = await run.create({ connection: sshd.connection(), create: "cat; echo end" });
    assert.equal(outputs["stdout"], "end");
    const idle = new Run();
    assert.equal((await idle.create({ connection: sshd.connection() })).outputs["stdout"], "");
    assert.deepEqual(idle.contacted, []);
  });

  test("a failure has the exit status, the command and all output", async () => {
    const run = new Run();
    await assert.rejects(
      run.create({
        connection: sshd.connection(),
        create: "echo out; echo err >&2; exit 3",
        logging: "none",
      }),
      (error: Error) => {
        assert.match(
          error.message,
          /^Process exited with status 3: running "echo out; echo err >&2; exit 3":\n/,
        );
        assert.match(error.message, /out\n/);
        assert.match(error.message, /err\n/);
        return true;
      },
    );
    assert.deepEqual(run.logs, []);
    await assert.rejects(
      new Run().create({ connection: sshd.connection(), create: "kill -TERM $$" }),
      /Process exited from signal .*TERM/,
    );
  });

  test("logging chooses the streams", async () => {
    for (const [logging, lines] of Object.entries({ stdout: ["out"], stderr: ["err"], none: [] })) {
      const run = new Run();
      await run.create({ connection: sshd.connection(), create: "echo out; echo err >&2", logging });
      assert.deepEqual(
        run.logs.map(({ message }) => message),
        lines,
      );
    }
  });

  test("a host key other than the pinned one is refused before anything is sent", async () => {
    const run = new Run();
    const marker = join(sshd.folder, "ran");
    const other = generateKey(sshd.folder, "stranger").publicKey;
    const connection = { ...sshd.connection(), hostKey: other, dialErrorLimit: 0 };
    await assert.rejects(
      run.create({ connection, create: `touch ${marker}` }),
      /host key mismatch: the host has ssh-ed25519 SHA256:\S+, ssh-ed25519 SHA256:\S+ is expected/,
    );
    assert.ok(!existsSync(marker));
    const rsa = { ...sshd.connection(), hostKey: "ssh-rsa AAAA" };
    await assert.rejects(new Run().create({ connection: rsa, create: "true" }), /failed to parse host key/);
    const unpinned: Properties = { ...sshd.connection() };
    delete unpinned["hostKey"];
    assert.equal(
      (await new Run().create({ connection: unpinned, create: "echo hi" })).outputs["stdout"],
      "hi",
    );
  });

  test("keys: an encrypted one with its password, a strange one refused", async () => {
    const locked = {
      ...sshd.connection(),
      privateKey: sshd.lockedKey,
      privateKeyPassword: sshd.lockedKeyPassword,
    };
    assert.equal((await new Run().create({ connection: locked, create: "echo in" })).outputs["stdout"], "in");
    const strange = {
      ...sshd.connection(),
      privateKey: generateKey(sshd.folder, "nobody").privateKey,
      dialErrorLimit: 0,
    };
    await assert.rejects(
      new Run().create({ connection: strange, create: "true" }),
      /after 0 failed attempts: 127\.0\.0\.1:\d+: All configured authentication methods failed/,
    );
  });

  test("dialErrorLimit is how many tries may fail; one more is the last", async () => {
    const run = new Run();
    const connection = { ...sshd.connection(), port: await freePort(), dialErrorLimit: 2 };
    await assert.rejects(
      run.create({ connection, create: "true" }),
      /^Error: after 2 failed attempts: 127\.0\.0\.1:\d+: .*ECONNREFUSED/,
    );
    assert.equal(run.contacted.length, 3);
    assert.deepEqual(
      run.logs.map(({ message }) => message.replace(/ \(.*/, "")),
      ["Dial 1/2 failed: retrying", "Dial 2/2 failed: retrying"],
    );
  });

  test("without a limit it tries until the host answers, or its time is up", async () => {
    const late = await Sshd.prepare();
    const run = new Run();
    const waiting = run.create({
      connection: { ...late.connection(), dialErrorLimit: -1 },
      create: "echo there",
    });
    setTimeout(() => void late.start(), 400);
    assert.equal((await waiting).outputs["stdout"], "there");
    assert.ok(run.contacted.length > 1);
    late.stop();
    const connection = { ...sshd.connection(), port: await freePort(), dialErrorLimit: -1 };
    await assert.rejects(
      new Run().create({ connection, create: "true" }, 0.5),
      /not done within its time of 0\.5 s/,
    );
  });

  test("a command that outlives its time is ended, and so is one that is cancelled", async () => {
    await assert.rejects(
      new Run().create({ connection: sshd.connection(), create: "sleep 30" }, 1),
      /not done within its time of 1 s/,
    );
    const run = new Run();
    const running = run.create({ connection: sshd.connection(), create: "sleep 30" });
    setTimeout(() => void run.provider.cancel(), 300);
    await assert.rejects(running, /interrupted/);
  });

  test("environment: what AcceptEnv has arrives, what it has not is refused by name", async () => {
    const run = new Run();
    const environment = { ACCEPTED: 'it\'s "quoted" $HOME' };
    const { outputs } = await run.create({
      connection: sshd.connection(),
      create: 'echo "$ACCEPTED"',
      environment,
    });
    assert.equal(outputs["stdout"], environment.ACCEPTED);
    const refused = new Run();
    await assert.rejects(
      refused.create({ connection: sshd.connection(), create: "true", environment: { OTHER: "1" } }),
      /could not set environment variable "OTHER"/,
    );
    assert.match(refused.logs[0]?.message ?? "", /Unable to set 'OTHER'.*AcceptEnv/);
  });

  test("an update runs `update`, else `create`, and sees what was printed before unless told not to", async () => {
    const run = new Run();
    const inputs: Properties = {
      connection: sshd.connection(),
      create: "echo made",
      update: 'echo "was $PULUMI_COMMAND_STDOUT"',
    };
    const { outputs } = await run.create(inputs);
    assert.equal((await run.update(outputs, inputs)).outputs["stdout"], "was made");
    const blind: Properties = { ...inputs, addPreviousOutputInEnv: false };
    assert.equal((await run.update(outputs, blind)).outputs["stdout"], "was ");
    const only: Properties = { connection: sshd.connection(), create: "echo again" };
    assert.equal((await run.update(outputs, only)).outputs["stdout"], "again");
  });

  test("delete runs only if given; without it nobody is dialled", async () => {
    const run = new Run();
    const gone = { ...sshd.connection(), port: await freePort() };
    await run.provider.delete({ urn: URN, id: "x" }, { connection: gone, create: "true" }, {}, 0);
    assert.deepEqual(run.contacted, []);
    const file = join(sshd.folder, "deleted");
    const inputs = { connection: sshd.connection(), delete: `echo "$PULUMI_COMMAND_STDOUT" > ${file}` };
    await run.provider.delete({ urn: URN, id: "x" }, inputs, { stdout: "last words" }, 0);
    assert.equal(readFileSync(file, "utf8"), "last words\n");
  });

  test("through a proxy, and not through one that is not there", async () => {
    const { hostKey, privateKey, user } = sshd;
    const proxy = { host: "127.0.0.1", port: sshd.port, user, privateKey, hostKey };
    const run = new Run();
    const { outputs } = await run.create({
      connection: { ...sshd.connection(), proxy },
      create: "echo through",
    });
    assert.equal(outputs["stdout"], "through");
    const stranger = generateKey(sshd.folder, "proxy-stranger").publicKey;
    const marker = join(sshd.folder, "ran-through-a-stranger");
    await assert.rejects(
      run.create({
        connection: { ...sshd.connection(), proxy: { ...proxy, hostKey: stranger, dialErrorLimit: 0 } },
        create: `touch ${marker}`,
      }),
      /^Error: proxy: .*host key mismatch: the host has ssh-ed25519 SHA256:\S+, ssh-ed25519 SHA256:\S+ is expected/,
    );
    assert.ok(!existsSync(marker));
    const nowhere = { ...proxy, port: await freePort(), dialErrorLimit: 0 };
    await assert.rejects(
      run.create({ connection: { ...sshd.connection(), proxy: nowhere }, create: "true" }),
      /^Error: proxy: after 0 failed attempts: .*ECONNREFUSED/,
    );
  });

  test("a run tells which hosts it contacted: only those on which something ran", async () => {
    const stack = new TestStack();
    const unreachable = {
      ...sshd.connection(),
      host: "127.0.0.9",
      port: await freePort(),
      dialErrorLimit: 0,
    };
    const up = (
      operation: "preview" | "up",
      text: string,
      connection = sshd.connection(),
    ): Promise<Outcome> =>
      stack.run(operation, [], {
        projectDir: join(__dirname, "fixtures", "commands"),
        config: {
          "fixture:connection": JSON.stringify(connection),
          "fixture:commands": JSON.stringify([{ name: "a", create: "cat", stdin: text }]),
        },
        secretKeys: ["fixture:connection"],
        providers: {},
      });
    try {
      assert.deepEqual((await up("preview", "one")).contacted, []);
      assert.deepEqual((await up("up", "one")).contacted, ["127.0.0.1"]);
      assert.ok(!stack.stateText().includes("OPENSSH PRIVATE KEY"));
      assert.deepEqual((await up("up", "one")).contacted, []);
      const failed = await up("up", "two", unreachable);
      assert.deepEqual(failed.contacted, ["127.0.0.9"]);
      assert.match(failed.failed[0]?.message ?? "", /^after 0 failed attempts: 127\.0\.0\.9:\d+: /);
      const again = await up("up", "two");
      assert.deepEqual([again.ok, again.changes.update, again.contacted], [true, 1, ["127.0.0.1"]]);
    } finally {
      stack.remove();
    }
  });
});

test("inputs are checked; messages name properties and never a value", async () => {
  const { provider } = new Run();
  const connection = { host: "198.51.100.1", privateKey: "KEY-MATERIAL", colour: "KEY-MATERIAL", port: "22" };
  const { failures } = await provider.check(URN, undefined, {
    connection,
    create: 1,
    logging: "loud",
    extra: true,
  });
  assert.deepEqual(failures.map(({ property }) => property).sort(), [
    "connection.colour",
    "connection.port",
    "create",
    "extra",
    "logging",
  ]);
  assert.ok(!JSON.stringify(failures).includes("KEY-MATERIAL"));
  const missing = await provider.check(URN, undefined, { connection: {} });
  assert.deepEqual(missing.failures, [{ property: "connection.host", reason: "it is required" }]);
});

test("the connection gets its defaults and is secret, its keys by themselves", async () => {
  const { inputs } = await new Run().provider.check(URN, undefined, {
    connection: { host: "198.51.100.1", privateKey: "KEY" },
  });
  assert.deepEqual(
    inputs["connection"],
    new Secret({
      user: "root",
      port: 22,
      dialErrorLimit: 10,
      perDialTimeout: 15,
      host: "198.51.100.1",
      privateKey: new Secret("KEY"),
    }),
  );
});

test("changes: triggers replace, all else updates, nothing is the same", async () => {
  const { provider } = new Run();
  const base = {
    connection: new Secret({ host: "198.51.100.1" }),
    create: "true",
    triggers: ["one"],
    stdin: "a",
  };
  const diff = async (news: Properties): Promise<unknown> => {
    const request = { urn: URN, id: "x", oldInputs: base, oldOutputs: {}, ignoreChanges: [], preview: false };
    const { changes, detailed = [] } = await provider.diff({ ...request, newInputs: news });
    return [
      changes,
      ...detailed.map(({ path, replaces }) => `${path.join(".")}${replaces ? " replaces" : ""}`),
    ];
  };
  assert.deepEqual(await diff(base), ["none"]);
  assert.deepEqual(await diff({ ...base, stdin: "b" }), ["some", "stdin"]);
  assert.deepEqual(await diff({ ...base, triggers: ["two"] }), ["some", "triggers.0 replaces"]);
  assert.deepEqual(await diff({ ...base, triggers: ["one", "two"] }), ["some", "triggers.1 replaces"]);
  assert.deepEqual(await diff({ ...base, connection: new Secret({ host: "198.51.100.2" }) }), [
    "some",
    "connection.host",
  ]);
  assert.deepEqual(await diff({ ...base, stdin: new Secret("a") }), ["some", "stdin"]);
});
