/** A language host, asked as the engine asks it. */
import { type ClientReadableStream, credentials, type ClientUnaryCall } from "@grpc/grpc-js";
import { LanguageRuntimeClient } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/language_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { ask } from "../../support/ask";
import { FakeEngine } from "./fake-engine";
import type { Served } from "./served";

export interface RunOptions {
  folder: string;
  config?: Record<string, string>;
  secretKeys?: string[];
  preview?: boolean;
}

export class LanguageClient {
  private constructor(
    readonly engine: FakeEngine,
    readonly served: Served,
    readonly client: LanguageRuntimeClient,
  ) {}

  static async start(serve: (engine: string) => Promise<Served>): Promise<LanguageClient> {
    const engine = await FakeEngine.start();
    const served = await serve(engine.address);
    const client = new LanguageRuntimeClient(served.address, credentials.createInsecure());
    const request = new proto.LanguageHandshakeRequest().setEngineAddress(engine.address);
    await ask((done) => client.handshake(request, done));
    return new LanguageClient(engine, served, client);
  }

  /** Runs a program to its end: `ok`, `bail`, or the error. */
  async run(options: RunOptions): Promise<string> {
    return this.begin(options).result;
  }

  begin({ folder, config = {}, secretKeys = [], preview = false }: RunOptions): Running {
    const request = new proto.RunRequest()
      .setInfo(infoOf(folder, { typescript: false }))
      .setPwd(folder)
      .setMonitorAddress(this.engine.address)
      .setProject("tryout")
      .setStack("dev")
      .setOrganization("organization")
      .setParallel(4)
      .setDryrun(preview)
      .setConfigsecretkeysList(secretKeys);
    for (const [key, value] of Object.entries(config)) request.getConfigMap().set(`tryout:${key}`, value);
    let call: ClientUnaryCall | undefined;
    const response = ask<proto.RunResponse>((done) => (call = this.client.run(request, done)));
    const result = response.then((told) => (told.getBail() ? "bail" : told.getError() || "ok"));
    return { result, cancel: () => call?.cancel() };
  }

  /** Everything that the program printed, whoever was told. */
  shown(): string {
    const told = this.engine.logged.map(({ text }) => `${text}\n`).join("");
    return told + this.served.printed();
  }

  /** Starts a plugin, or a policy pack, with this process's environment. */
  runPlugin(kind: "analyzer" | "resource", folder: string): ClientReadableStream<proto.RunPluginResponse> {
    return this.client.runPlugin(
      new proto.RunPluginRequest()
        .setInfo(infoOf(folder, {}))
        .setPwd(folder)
        .setKind(kind)
        .setArgsList([this.engine.address])
        .setEnvList(Object.entries(process.env).map(([key, value]) => `${key}=${value ?? ""}`)),
    );
  }

  async cancel(): Promise<void> {
    await ask<Empty>((done) => this.client.cancel(new Empty(), done));
  }

  async stop(): Promise<void> {
    this.client.close();
    await this.served.stop();
    this.engine.stop();
  }
}

export interface Running {
  result: Promise<string>;
  cancel(): void;
}

function infoOf(folder: string, options: Record<string, boolean>): proto.ProgramInfo {
  return new proto.ProgramInfo()
    .setRootDirectory(folder)
    .setProgramDirectory(folder)
    .setEntryPoint(".")
    .setOptions(Struct.fromJavaScript(options));
}
