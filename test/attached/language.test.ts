/** Programs and policy packs, run by the lab's language host and by that of a release. */
import { credentials, status } from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as analyzer from "@pulumi/pulumi/proto/analyzer_pb";
import {
  GenerateProgramRequest,
  type GenerateProgramResponse,
  type RunPluginResponse,
} from "@pulumi/pulumi/proto/language_pb";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { EngineLink } from "../../lab/attached/engine";
import { ask } from "../support/ask";
import { LanguageClient } from "./support/language-client";
import { LANGUAGE_HOSTS } from "./support/originals";
import { serveAttached, type Served } from "./support/served";
import { until } from "./support/until";

const PROGRAM = resolve(__dirname, "fixtures", "program");
const CLOUD = resolve(__dirname, "../../lab/clouds/aws");
const GUARDRAILS = resolve(__dirname, "../../policy/guardrails");

const folder = mkdtempSync(join(tmpdir(), "palisade-language-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The config of a program that hangs, and its process once there is one. */
function hanging(name: string): { config: Record<string, string>; pid: () => string } {
  const file = join(folder, name);
  return { config: { do: "hang", file }, pid: () => (existsSync(file) ? readFileSync(file, "utf8") : "") };
}

const isThere = (pid: string): boolean => existsSync(`/proc/${pid}`);

for (const { name, missing, start } of LANGUAGE_HOSTS) {
  describe(name, { skip: missing ?? false }, () => {
    let client: LanguageClient;
    before(async () => {
      client = await LanguageClient.start(start);
    });
    after(() => client.stop());

    const run = (config: Record<string, string>, preview = false): Promise<string> =>
      client.run({ folder: PROGRAM, config, preview });

    test("a program that is done is, and what it prints is shown", async () => {
      assert.equal(await run({}), "ok");
      await until(() => /the program's own words\n/.test(client.shown()));
      await until(() => /and its complaints\n/.test(client.shown()));
    });

    test("how it ended tells the engine whether there is anything left to say", async () => {
      assert.equal(await run({ do: "exit", status: "32" }), "bail");
      assert.equal(await run({ do: "exit", status: "3" }), "Program exited with non-zero exit code: 3");
      assert.equal(await run({ do: "throw" }), "bail");
      const errors = client.engine.logged.filter(({ severity }) => severity === "ERROR");
      assert.match(errors.map(({ text }) => text).join("\n"), /the program's mistake/);
    });

    test("config reaches it by its environment, what is secret too, and nothing by its command line", async () => {
      const config = { do: "tell", text: "plain", secret: "IN-CLEAR" };
      const options = { folder: PROGRAM, config, secretKeys: ["tryout:secret"] };
      assert.equal(await client.run(options), "ok");
      const told = (): string[] =>
        client
          .shown()
          .split("\n")
          .filter((line) => line.startsWith('{"text"'));
      await until(() => told().length === 1);
      const seen: unknown = JSON.parse(told()[0] ?? "");
      assert.ok(typeof seen === "object" && seen !== null && "argv" in seen);
      const { argv, ...rest } = seen;
      assert.deepEqual(rest, {
        ...{ text: "plain", secret: "IN-CLEAR", secretKeys: '["tryout:secret"]' },
        ...{ stack: "dev", preview: false },
      });
      assert.doesNotMatch(String(argv), /IN-CLEAR/);
      assert.equal(await client.run({ ...options, preview: true }), "ok");
      await until(() => told().length === 2);
      assert.match(told()[1] ?? "", /"preview":true/);
    });

    test("a folder without the SDK is named with its remedy", async () => {
      assert.match(await client.run({ folder }), /Pulumi SDK .*not .*installed/);
    });

    test("a program is ended when nobody waits for it", async () => {
      const { config, pid } = hanging(`cancelled-${name}`);
      const running = client.begin({ folder: PROGRAM, config });
      const refused = assert.rejects(running.result);
      await until(() => pid() !== "");
      running.cancel();
      await refused;
      await until(() => !isThere(pid()));
    });

    test("a policy pack starts, tells its rules, and ends with the call", async () => {
      const call = client.runPlugin("analyzer", GUARDRAILS);
      const ended = new Promise<void>((done) => call.once("error", () => done()));
      const port = await printedPort(call);
      const pack = new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
      const info = await ask<analyzer.AnalyzerInfo>((done) => pack.getAnalyzerInfo(new Empty(), done));
      const names = info.getPoliciesList().map((policy) => policy.getName());
      assert.ok(names.includes("environment-matches-stack"), names.join(" "));
      call.cancel();
      await ended;
      await until(() => !listens(port));
      pack.close();
    });

    test("a plugin starts in its folder, and ends with the call", async () => {
      const call = client.runPlugin("resource", CLOUD);
      const ended = new Promise<void>((done) => call.once("error", () => done()));
      const port = await printedPort(call);
      const plugin = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
      const info = await ask<PluginInfo>((done) => plugin.getPluginInfo(new Empty(), done));
      assert.equal(info.getVersion(), "7.48.0");
      call.cancel();
      await ended;
      await until(() => !listens(port));
      plugin.close();
    });

    test("an interrupt ends the program", async () => {
      const { config, pid } = hanging(`interrupted-${name}`);
      const running = client.begin({ folder: PROGRAM, config });
      await until(() => pid() !== "");
      await client.cancel();
      assert.match(await running.result, /^Program exited with non-zero exit code: -1$/);
      assert.ok(!isThere(pid()));
    });
  });
}

/** The line that a plugin prints first. */
function printedPort(call: ReturnType<LanguageClient["runPlugin"]>): Promise<string> {
  let printed = "";
  return new Promise((found) =>
    call.on("data", (data: RunPluginResponse) => {
      printed += Buffer.from(data.getStdout_asU8()).toString();
      if (printed.includes("\n")) found(printed.trim());
    }),
  );
}

/** Whether anything on this machine listens on the port, by the kernel's own table (proc_net_tcp). */
function listens(port: string): boolean {
  const wanted = `:${Number(port).toString(16).toUpperCase().padStart(4, "0")} `;
  return ["/proc/net/tcp", "/proc/net/tcp6"].some((table) =>
    readFileSync(table, "utf8")
      .split("\n")
      .some((line) => / 0A /.test(line) && (line.split(/\s+/)[2] ?? "").concat(" ").endsWith(wanted)),
  );
}

describe("the lab's language host alone", () => {
  test("a program is given the environment that it is served with", async () => {
    const environment = { ...process.env, GIVEN_TO_PROGRAMS: "this" };
    const client = await LanguageClient.start(() => serveAttached({ languageHost: true, environment }));
    await client.run({ folder: PROGRAM, config: { do: "tell", text: "t", secret: "s" } });
    assert.match(client.shown(), /"given":"this"/);
    await client.stop();
  });

  test("what it prints is not lost where the engine takes nothing", async () => {
    let heard = "";
    const link = new EngineLink((text) => (heard += text));
    await link.log({ severity: "INFO", text: "before an engine is known" });
    // The discard port, where nobody listens.
    link.connect("127.0.0.1:9");
    await link.log({ severity: "INFO", text: "the program's own words" });
    await link.log({ severity: "INFO", text: "3 of 7 done", passing: true });
    link.close();
    assert.equal(heard, "before an engine is known\nthe program's own words\n");
    const client = await LanguageClient.start(() => serveAttached({ languageHost: true }));
    client.engine.deaf = true;
    await client.run({ folder: PROGRAM });
    assert.match(client.served.printed(), /the program's own words\n/);
    await client.stop();
  });

  test("what it does not serve, it says so in the protocol's words", async () => {
    const client = await LanguageClient.start(() => serveAttached({ languageHost: true }));
    await assert.rejects(
      new Promise<GenerateProgramResponse>((done, reject) =>
        client.client.generateProgram(new GenerateProgramRequest(), (error, response) =>
          error === null ? done(response) : reject(error),
        ),
      ),
      { code: status.UNIMPLEMENTED },
    );
    await client.stop();
  });

  test("closing ends what runs, and waits until it is gone", async () => {
    const client = await LanguageClient.start(() => serveAttached({ languageHost: true }));
    const { config, pid } = hanging("closed");
    void client.run({ folder: PROGRAM, config }).catch(() => undefined);
    await until(() => pid() !== "");
    await client.stop();
    assert.ok(!isThere(pid()));
  });

  test("a lab that is killed leaves no program behind", async () => {
    const { served, lab } = await startLab();
    const client = await LanguageClient.start(() => Promise.resolve(served));
    const { config, pid } = hanging("orphan");
    void client.run({ folder: PROGRAM, config }).catch(() => undefined);
    await until(() => pid() !== "");
    const ended = once(lab, "exit");
    lab.kill("SIGKILL");
    await ended;
    await until(() => !isThere(pid()));
    await client.stop();
  });
});

async function startLab() {
  const main = resolve(__dirname, "fixtures", "lab", "main.ts");
  const lab = spawn(process.execPath, ["--import", "tsx", main], { stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise<string>((found) =>
    createInterface({ input: lab.stdout }).once("line", found),
  );
  const served: Served = {
    address: `127.0.0.1:${port}`,
    printed: () => "",
    stop: () => Promise.resolve(void lab.kill("SIGKILL")),
  };
  return { served, lab };
}
