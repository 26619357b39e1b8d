import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { plainProperties, type Properties } from "../../../lab/grpc/values";
import { ask } from "../../support/ask";
import { labEnvironment, type Lab } from "../../../lab/machine";

const LAUNCHERS = {
  direct: (folder: string) => [resolve(folder, "index.js")],
  /** As the pulumi command starts a plugin with `runtime: nodejs`. */
  pulumi: (folder: string) => [require.resolve("@pulumi/pulumi/cmd/run-plugin"), resolve(folder)],
};

/** A cloud of the lab in a process of its own, spoken to over gRPC. */
export interface CloudClient {
  /** Gives the provider its own config, such as the region of AWS. */
  configure(config: Properties): Promise<void>;
  check(urn: string, inputs: Properties): Promise<string[]>;
  /** `none`, `update`, or the sorted keys that replace. */
  diff(id: string, urn: string, olds: Properties, news: Properties): Promise<string>;
  create(urn: string, inputs: Properties): Promise<{ id: string; outputs: Properties }>;
  update(id: string, urn: string, olds: Properties, news: Properties): Promise<Properties>;
  read(id: string, urn: string): Promise<Properties | undefined>;
  delete(id: string, urn: string): Promise<void>;
  invoke(token: string, inputs: Properties): Promise<Properties>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export async function startCloud(
  lab: Lab,
  cloud: "aws" | "linode",
  launcher: keyof typeof LAUNCHERS = "direct",
): Promise<CloudClient> {
  const folder = resolve(__dirname, "../../../lab/clouds", cloud);
  const child = spawn(process.execPath, [...LAUNCHERS[launcher](folder), "127.0.0.1:1"], {
    env: { ...process.env, ...labEnvironment(lab) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const port = await firstLine(child.stdout);
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  return { ...callsOf(client), stop };

  async function stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    client.close();
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }
}

async function firstLine(stream: Readable): Promise<string> {
  for await (const line of createInterface({ input: stream })) return line;
  throw new Error("the cloud ended without naming its port");
}

function callsOf(client: ResourceProviderClient): Omit<CloudClient, "stop"> {
  return {
    async configure(config) {
      const request = new proto.ConfigureRequest().setArgs(struct(config)).setAcceptsecrets(true);
      await ask<proto.ConfigureResponse>((done) => client.configure(request, done));
    },
    async check(urn, inputs) {
      const request = new proto.CheckRequest().setUrn(urn).setOlds(struct({})).setNews(struct(inputs));
      const response = await ask<proto.CheckResponse>((done) => client.check(request, done));
      return response.getFailuresList().map((one) => `${one.getProperty()}: ${one.getReason()}`);
    },
    async diff(id, urn, olds, news) {
      const request = new proto.DiffRequest()
        .setId(id)
        .setUrn(urn)
        .setOlds(struct(olds))
        .setNews(struct(news));
      const response = await ask<proto.DiffResponse>((done) => client.diff(request, done));
      const replaces = response.getReplacesList();
      if (replaces.length > 0) return replaces.sort().join(" ");
      return response.getChanges() === proto.DiffResponse.DiffChanges.DIFF_NONE ? "none" : "update";
    },
    async create(urn, inputs) {
      const request = new proto.CreateRequest().setUrn(urn).setProperties(struct(inputs));
      const response = await ask<proto.CreateResponse>((done) => client.create(request, done));
      return { id: response.getId(), outputs: plain(response.getProperties()) };
    },
    async update(id, urn, olds, news) {
      const request = new proto.UpdateRequest()
        .setId(id)
        .setUrn(urn)
        .setOlds(struct(olds))
        .setNews(struct(news));
      return plain((await ask<proto.UpdateResponse>((done) => client.update(request, done))).getProperties());
    },
    async read(id, urn) {
      const request = new proto.ReadRequest().setId(id).setUrn(urn).setProperties(struct({}));
      const response = await ask<proto.ReadResponse>((done) => client.read(request, done));
      return response.getId() === "" ? undefined : plain(response.getProperties());
    },
    async delete(id, urn) {
      const request = new proto.DeleteRequest().setId(id).setUrn(urn).setProperties(struct({}));
      await ask<object>((done) => client.delete(request, done));
    },
    async invoke(token, inputs) {
      const request = new proto.InvokeRequest().setTok(token).setArgs(struct(inputs));
      const response = await ask<proto.InvokeResponse>((done) => client.invoke(request, done));
      const [failure] = response.getFailuresList();
      if (failure !== undefined) throw new Error(failure.getReason());
      return plain(response.getReturn());
    },
  };
}

function struct(inputs: Properties): Struct {
  return Struct.fromJavaScript(inputs);
}

function plain(properties: Struct | undefined): Properties {
  return plainProperties(properties?.toJavaScript() ?? {});
}
