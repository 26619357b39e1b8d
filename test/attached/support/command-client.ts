/** The provider `command`, asked as the engine asks it. */
import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { fields } from "../../../lab/grpc/messages";
import type { Properties } from "../../../lab/grpc/values";
import { ask } from "../../support/ask";
import { FakeEngine } from "./fake-engine";
import type { Served } from "./served";

export const URN = "urn:pulumi:dev::test::palisade:index:HostConfig$command:remote:Command::web-1-firewall";

export interface Difference {
  /** Each path that differs, with the name of how. */
  paths: Record<string, string>;
  replaces: string[];
  top: string[];
}

export class CommandClient {
  private constructor(
    readonly engine: FakeEngine,
    private readonly served: Served,
    private readonly client: ResourceProviderClient,
  ) {}

  static async start(serve: (engine: string) => Promise<Served>): Promise<CommandClient> {
    const engine = await FakeEngine.start();
    const served = await serve(engine.address);
    const client = new ResourceProviderClient(served.address, credentials.createInsecure());
    const handshake = new proto.ProviderHandshakeRequest().setEngineAddress(engine.address);
    // The provider of a release does not know it, and has the address from its command line.
    await ask((done) => client.handshake(handshake, done)).catch(() => undefined);
    const configure = new proto.ConfigureRequest()
      .setArgs(struct({}))
      .setAcceptsecrets(true)
      .setSendsOldInputs(true)
      .setSendsOldInputsToDelete(true);
    await ask((done) => client.configure(configure, done));
    return new CommandClient(engine, served, client);
  }

  async check(inputs: Properties, urn = URN): Promise<{ inputs: Properties; failures: string[] }> {
    const request = new proto.CheckRequest().setUrn(urn).setNews(struct(inputs));
    const response = await ask<proto.CheckResponse>((done) => this.client.check(request, done));
    return {
      inputs: fields(response.getInputs()),
      failures: response.getFailuresList().map((one) => `${one.getProperty()}: ${one.getReason()}`),
    };
  }

  async diff(before: Properties, after: Properties): Promise<Difference> {
    const request = new proto.DiffRequest()
      .setUrn(URN)
      .setId("x")
      .setOlds(struct({ ...before, stdout: "", stderr: "" }))
      .setOldInputs(struct(before))
      .setNews(struct(after));
    const response = await ask<proto.DiffResponse>((done) => this.client.diff(request, done));
    const kinds = Object.entries(proto.PropertyDiff.Kind);
    return {
      paths: Object.fromEntries(
        [...response.getDetaileddiffMap().entries()].map(([path, one]) => [
          path,
          kinds.find(([, kind]) => kind === one.getKind())?.[0] ?? "",
        ]),
      ),
      replaces: response.getReplacesList(),
      top: response.getDiffsList().sort(),
    };
  }

  async create(inputs: Properties, { preview = false, timeout = 0, urn = URN } = {}): Promise<Created> {
    const request = new proto.CreateRequest()
      .setUrn(urn)
      .setProperties(struct(inputs))
      .setPreview(preview)
      .setTimeout(timeout);
    const response = await ask<proto.CreateResponse>((done) => this.client.create(request, done));
    return { id: response.getId(), outputs: fields(response.getProperties()) };
  }

  async update(before: Properties, inputs: Properties, preview = false): Promise<Properties> {
    const request = new proto.UpdateRequest()
      .setUrn(URN)
      .setId("x")
      .setOlds(struct(before))
      .setNews(struct(inputs))
      .setPreview(preview);
    const response = await ask<proto.UpdateResponse>((done) => this.client.update(request, done));
    return fields(response.getProperties());
  }

  async read(state: Properties, inputs: Properties): Promise<[string, Properties, Properties]> {
    const request = new proto.ReadRequest()
      .setUrn(URN)
      .setId("x")
      .setProperties(struct(state))
      .setInputs(struct(inputs));
    const response = await ask<proto.ReadResponse>((done) => this.client.read(request, done));
    return [response.getId(), fields(response.getProperties()), fields(response.getInputs())];
  }

  async delete(state: Properties): Promise<void> {
    const request = new proto.DeleteRequest().setUrn(URN).setId("x").setProperties(struct(state));
    await ask<Empty>((done) => this.client.delete(request, done));
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

export interface Created {
  id: string;
  outputs: Properties;
}

function struct(properties: Properties): Struct {
  return Struct.fromJavaScript(properties);
}
