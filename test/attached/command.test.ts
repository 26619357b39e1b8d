/** Commands on a real sshd, run by the lab's provider and by that of a release. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Properties, secret } from "../../lab/grpc/values";
import { CommandClient, type Created, URN } from "./support/command-client";
import { PROVIDERS } from "./support/originals";
import { freePort, generateKey, Sshd, whyNoSshd } from "./support/sshd";

const noSshd = whyNoSshd();
if (noSshd !== undefined) console.error(`NOT TESTED: commands over SSH, since ${noSshd}`);

for (const { name, missing, start } of PROVIDERS) {
  describe(name, { skip: missing ?? noSshd ?? false }, () => {
    let sshd: Sshd;
    let client: CommandClient;
    before(async () => {
      sshd = await (await Sshd.prepare()).start();
      client = await CommandClient.start(start);
    });
    after(async () => {
      await client.stop();
      sshd.stop();
    });

    /** Checks the inputs as the engine does, and creates. */
    async function create(inputs: Properties): Promise<Created> {
      client.engine.logged.length = 0;
      const { inputs: checked, failures } = await client.check(inputs);
      assert.deepEqual(failures, []);
      return client.create(checked);
    }

    async function stdoutOf(inputs: Properties): Promise<unknown> {
      return (await create(inputs)).outputs["stdout"];
    }

    test("it takes stdin, keeps the streams apart, and drops the last newline", async () => {
      const text = "line one\nlast line\n\n".repeat(5000);
      const inputs = { create: "cat; echo oops >&2", stdin: text, triggers: ["1"], logging: "stderr" };
      const { id, outputs } = await create({ connection: sshd.connection(), ...inputs });
      assert.match(id, /^web-1-firewall[0-9a-f]{8}$/);
      const { connection, ...rest } = outputs;
      assert.deepEqual(rest, { ...inputs, stdout: text.slice(0, -1), stderr: "oops" });
      const privateKey = secret(sshd.privateKey);
      assert.deepEqual(connection, secret({ ...sshd.connection(), privateKey }));
      assert.deepEqual(client.engine.logged, [{ severity: "INFO", text: "oops", urn: URN, passing: true }]);
    });

    test("without stdin the command sees an end of file, also with nothing to do", async () => {
      assert.equal(await stdoutOf({ connection: sshd.connection(), create: "cat; echo end" }), "end");
      const nowhere = { ...sshd.connection(), port: await freePort() };
      assert.equal(await stdoutOf({ connection: nowhere }), "");
      assert.deepEqual(client.engine.logged, []);
    });

    test("a secret stays one in the state, and what is printed is none", async () => {
      const { outputs } = await create({
        ...{ connection: sshd.connection(), create: secret("cat"), stdin: secret("a") },
      });
      const { create: command, stdin, stdout } = outputs;
      assert.deepEqual([command, stdin, stdout], [secret("cat"), secret("a"), "a"]);
    });

    test("a failure has the exit status, the command and all output", async () => {
      await assert.rejects(
        create({
          ...{ connection: sshd.connection(), logging: "none" },
          create: 'echo "out"; sleep 0.1; echo err >&2; exit 3',
        }),
        {
          message:
            'Process exited with status 3: running "echo \\"out\\"; sleep 0.1; echo err >&2; exit 3":\nout\nerr\n',
        },
      );
      assert.deepEqual(client.engine.lines(), []);
      await assert.rejects(
        create({ connection: sshd.connection(), create: "kill -TERM $$" }),
        /Process exited .*signal .*TERM/,
      );
    });

    test("logging chooses the streams", async () => {
      for (const [logging, lines] of Object.entries({ stdout: ["out"], stderr: ["err"], none: [] })) {
        await create({ connection: sshd.connection(), create: "echo out; echo err >&2", logging });
        assert.deepEqual(client.engine.lines(), lines);
      }
    });

    test("a host key other than the pinned one is refused before anything is sent", async () => {
      const marker = join(sshd.folder, "ran");
      const hostKey = generateKey(sshd.folder, `stranger-${name.length}`).publicKey;
      const connection = { ...sshd.connection(), hostKey, dialErrorLimit: 0 };
      await assert.rejects(
        create({ connection, create: `touch ${marker}` }),
        /^Error: after 0 failed attempts: .*host key mismatch/,
      );
      assert.ok(!existsSync(marker));
      const rsa = { ...sshd.connection(), hostKey: "ssh-rsa AAAA", dialErrorLimit: 0 };
      await assert.rejects(create({ connection: rsa, create: "true" }), /failed to parse host key/);
      const unpinned: Properties = { ...sshd.connection(), hostKey: null };
      assert.equal(await stdoutOf({ connection: unpinned, create: "echo hi" }), "hi");
    });

    test("keys: an encrypted one with its password, a strange one refused", async () => {
      const locked = {
        ...sshd.connection(),
        ...{ privateKey: sshd.lockedKey, privateKeyPassword: sshd.lockedKeyPassword },
      };
      assert.equal(await stdoutOf({ connection: locked, create: "echo in" }), "in");
      const { privateKey } = generateKey(sshd.folder, `nobody-${name.length}`);
      await assert.rejects(
        create({ connection: { ...sshd.connection(), privateKey, dialErrorLimit: 0 }, create: "true" }),
        /^Error: after 0 failed attempts: .*(authenticat)/,
      );
    });

    test("dialErrorLimit is how many tries may fail; one more is the last", async () => {
      const connection = { ...sshd.connection(), port: await freePort(), dialErrorLimit: 2 };
      await assert.rejects(
        create({ connection, create: "true" }),
        /^Error: after 2 failed attempts: .*127\.0\.0\.1:\d+: .*(refused|REFUSED)/,
      );
      const tries = client.engine.logged.map(({ text }) => text.replace(/ \(.*/, ""));
      assert.deepEqual(tries, ["Dial 1/2 failed: retrying", "Dial 2/2 failed: retrying"]);
    });

    test("without a limit it tries until the host answers", async () => {
      const late = await Sshd.prepare();
      const connection = { ...late.connection(), dialErrorLimit: -1 };
      const waiting = stdoutOf({ connection, create: "echo there" });
      setTimeout(() => void late.start(), 400);
      assert.equal(await waiting, "there");
      assert.match(client.engine.logged[0]?.text ?? "", /^Dial 1\/inf failed: retrying/);
      late.stop();
    });

    test("environment: what AcceptEnv has arrives, what it has not is refused by name", async () => {
      const environment = { ACCEPTED: 'it\'s "quoted" $HOME' };
      const printed = await stdoutOf({
        ...{ connection: sshd.connection(), create: 'echo "$ACCEPTED"', environment },
      });
      assert.equal(printed, environment.ACCEPTED);
      await assert.rejects(
        create({ connection: sshd.connection(), create: "true", environment: { OTHER: "1" } }),
        /could not set environment variable "OTHER": .*setenv failed/,
      );
      assert.match(client.engine.lines()[0] ?? "", /Unable to set 'OTHER'[^]*AcceptEnv/);
    });

    test("an update runs `update`, else `create`, and sees what was printed before unless told not to", async () => {
      const inputs: Properties = {
        ...{ connection: sshd.connection(), create: "echo made" },
        update: 'echo "was $PULUMI_COMMAND_STDOUT"',
      };
      const { outputs } = await create(inputs);
      const updated = async (news: Properties): Promise<unknown> =>
        (await client.update(outputs, (await client.check(news)).inputs))["stdout"];
      assert.equal(await updated(inputs), "was made");
      assert.equal(await updated({ ...inputs, addPreviousOutputInEnv: false }), "was ");
      assert.equal(await updated({ ...inputs, update: null, create: "echo again" }), "again");
      assert.equal(await updated({ ...inputs, update: null, create: null }), "made");
    });

    test("delete runs only if given; without it nobody is dialled", async () => {
      client.engine.logged.length = 0;
      const gone = { ...sshd.connection(), port: await freePort() };
      const printed = { stdout: "last words", stderr: "" };
      await client.delete({ connection: gone, create: "true", ...printed });
      assert.deepEqual(client.engine.logged, []);
      const file = join(sshd.folder, "deleted");
      const command = `echo "$PULUMI_COMMAND_STDOUT" > ${file}`;
      await client.delete({ connection: sshd.connection(), delete: command, ...printed });
      assert.equal(readFileSync(file, "utf8"), "last words\n");
    });

    test("through a proxy, and not through one that is not there", async () => {
      const { hostKey, privateKey, user } = sshd;
      const hop = { ...{ dialErrorLimit: 0, perDialTimeout: 5 }, host: "127.0.0.1", user, privateKey };
      const through = (proxy: Properties, create: string): Properties => ({
        connection: { ...sshd.connection(), proxy: { ...hop, hostKey, port: sshd.port, ...proxy } },
        create,
      });
      assert.equal(await stdoutOf(through({}, "echo through")), "through");
      const stranger = generateKey(sshd.folder, `proxy-stranger-${name.length}`).publicKey;
      const marker = join(sshd.folder, "ran-through-a-stranger");
      await assert.rejects(
        create(through({ hostKey: stranger }, `touch ${marker}`)),
        /^Error: proxy: after 0 failed attempts: .*host key mismatch/,
      );
      assert.ok(!existsSync(marker));
      await assert.rejects(
        create(through({ port: await freePort() }, "true")),
        /^Error: proxy: after 0 failed attempts: .*(refused|REFUSED)/,
      );
    });
  });
}
