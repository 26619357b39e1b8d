/** A provider in a process of its own, spoken to over gRPC as Pulumi does. */
import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { parseUrn, providerPackage } from "../urn";
import { hasUnknown, type Properties, withoutSecrets, withoutUnknowns } from "../values";
import { fromStruct, markLikeInputs, toStruct } from "../wire";
import { diffOf, engineConfig, failuresOf, nameIt, ownConfig } from "./plugin-messages";
import type { PluginProcess } from "./plugin-process";
import {
  type Checked,
  type Created,
  type CreateRequest,
  type DiffRequest,
  type Invoked,
  type Provider,
  type ProviderDiff,
  type ResourceRef,
  unknownDiff,
  type UpdateRequest,
} from "./provider";
import { initFailure, isUnimplemented, reasonOf, unary } from "./rpc";

const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

export class PluginProvider implements Provider {
  private readonly client: ResourceProviderClient;
  private acceptsSecrets = false;
  private supportsPreview = false;
  /** False in a preview whose config depends on what is not known yet. */
  private configured = false;

  constructor(private readonly process: PluginProcess) {
    this.client = new ResourceProviderClient(process.address, credentials.createInsecure(), {
      "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
      "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
    });
  }

  async checkConfig(urn: string, olds: Properties, news: Properties): Promise<Checked> {
    const request = new proto.CheckRequest();
    request.setUrn(urn);
    request.setOlds(toStruct(olds));
    request.setNews(toStruct(ownConfig(news)));
    nameIt(request, urn);
    try {
      const response = await unary<proto.CheckResponse>((done) => this.client.checkConfig(request, done));
      const inputs = { ...engineConfig(news), ...fromStruct(response.getInputs()) };
      return { inputs: markLikeInputs(inputs, news), failures: failuresOf(response.getFailuresList()) };
    } catch (error) {
      if (isUnimplemented(error)) return { inputs: news, failures: [] };
      throw new Error(reasonOf(error));
    }
  }

  async diffConfig(urn: string, oldInputs: Properties, newInputs: Properties): Promise<ProviderDiff> {
    const request = new proto.DiffRequest();
    request.setUrn(urn);
    request.setOlds(toStruct(ownConfig(oldInputs)));
    request.setOldInputs(toStruct(ownConfig(oldInputs)));
    request.setNews(toStruct(ownConfig(newInputs)));
    nameIt(request, urn);
    try {
      return diffOf(await unary<proto.DiffResponse>((done) => this.client.diffConfig(request, done)));
    } catch (error) {
      if (isUnimplemented(error)) return unknownDiff;
      throw new Error(reasonOf(error));
    }
  }

  async configure(config: Properties, resource: ResourceRef): Promise<void> {
    const own = ownConfig(config);
    if (Object.values(own).some(hasUnknown)) return;
    const { name, type } = parseUrn(resource.urn);
    const request = new proto.ConfigureRequest();
    request.setArgs(toStruct(own));
    request.setAcceptsecrets(true);
    request.setAcceptresources(true);
    request.setSendsOldInputs(true);
    request.setSendsOldInputsToDelete(true);
    request.setUrn(resource.urn);
    request.setId(resource.id);
    request.setName(name);
    request.setType(type);
    for (const [key, value] of Object.entries(own)) {
      const plain = withoutSecrets(value);
      const text = typeof plain === "string" ? plain : JSON.stringify(plain);
      request.getVariablesMap().set(`${providerPackage(type)}:config:${key}`, text);
    }
    const response = await this.ask<proto.ConfigureResponse>((done) => this.client.configure(request, done));
    this.acceptsSecrets = response.getAcceptsecrets();
    this.supportsPreview = response.getSupportspreview();
    this.configured = true;
  }

  async check(urn: string, olds: Properties | undefined, news: Properties): Promise<Checked> {
    if (!this.configured) return { inputs: news, failures: [] };
    const request = new proto.CheckRequest();
    request.setUrn(urn);
    request.setOlds(this.struct(olds ?? {}));
    request.setNews(this.struct(news));
    nameIt(request, urn);
    const response = await this.ask<proto.CheckResponse>((done) => this.client.check(request, done));
    const inputs = this.properties(response.getInputs(), news);
    return { inputs, failures: failuresOf(response.getFailuresList()) };
  }

  async diff(diff: DiffRequest): Promise<ProviderDiff> {
    if (!this.configured) return unknownDiff;
    const request = new proto.DiffRequest();
    request.setUrn(diff.urn);
    request.setId(diff.id);
    request.setOldInputs(this.struct(diff.oldInputs));
    request.setOlds(this.struct(diff.oldOutputs));
    request.setNews(this.struct(diff.newInputs));
    request.setIgnorechangesList(diff.ignoreChanges);
    nameIt(request, diff.urn);
    return diffOf(await this.ask<proto.DiffResponse>((done) => this.client.diff(request, done)));
  }

  async create(create: CreateRequest): Promise<Created> {
    if (create.preview && !this.configured) return { id: "", outputs: {} };
    if (create.preview && !this.supportsPreview) return { id: "", outputs: create.inputs };
    const request = new proto.CreateRequest();
    request.setUrn(create.urn);
    request.setProperties(this.struct(create.inputs, create.preview));
    request.setTimeout(create.timeout);
    request.setPreview(create.preview);
    nameIt(request, create.urn);
    try {
      const response = await unary<proto.CreateResponse>((done) => this.client.create(request, done));
      const id = response.getId();
      if (id === "" && !create.preview) throw new Error("the provider gave no id to what it created");
      return { id, outputs: this.properties(response.getProperties(), create.inputs) };
    } catch (error) {
      const failure = initFailure(error);
      if (failure === undefined || failure.getId() === "") throw new Error(reasonOf(error));
      const outputs = this.properties(failure.getProperties(), create.inputs);
      return { id: failure.getId(), outputs, initErrors: failure.getReasonsList() };
    }
  }

  async update(update: UpdateRequest): Promise<Omit<Created, "id">> {
    if (update.preview && !this.configured) return { outputs: {} };
    if (update.preview && !this.supportsPreview) return { outputs: update.inputs };
    const request = new proto.UpdateRequest();
    request.setUrn(update.urn);
    request.setId(update.id);
    request.setOlds(this.struct(update.oldOutputs));
    request.setOldInputs(this.struct(update.oldInputs));
    request.setNews(this.struct(update.inputs, update.preview));
    request.setTimeout(update.timeout);
    request.setPreview(update.preview);
    request.setIgnorechangesList(update.ignoreChanges);
    nameIt(request, update.urn);
    try {
      const response = await unary<proto.UpdateResponse>((done) => this.client.update(request, done));
      return { outputs: this.properties(response.getProperties(), update.inputs) };
    } catch (error) {
      const failure = initFailure(error);
      if (failure === undefined) throw new Error(reasonOf(error));
      const outputs = this.properties(failure.getProperties(), update.inputs);
      return { outputs, initErrors: failure.getReasonsList() };
    }
  }

  async delete(
    resource: ResourceRef,
    inputs: Properties,
    outputs: Properties,
    timeout: number,
  ): Promise<void> {
    const request = new proto.DeleteRequest();
    request.setUrn(resource.urn);
    request.setId(resource.id);
    request.setProperties(this.struct(outputs));
    request.setOldInputs(this.struct(inputs));
    request.setTimeout(timeout);
    nameIt(request, resource.urn);
    await this.ask<Empty>((done) => this.client.delete(request, done));
  }

  async read(
    resource: ResourceRef,
    inputs: Properties,
    state: Properties,
  ): Promise<{ id: string; outputs: Properties } | undefined> {
    if (!this.configured) return { id: resource.id, outputs: {} };
    const request = new proto.ReadRequest();
    request.setUrn(resource.urn);
    request.setId(resource.id);
    request.setProperties(this.struct(state));
    request.setInputs(this.struct(inputs));
    nameIt(request, resource.urn);
    const response = await this.ask<proto.ReadResponse>((done) => this.client.read(request, done));
    const id = response.getId();
    return id === "" ? undefined : { id, outputs: this.properties(response.getProperties(), inputs) };
  }

  async invoke(token: string, args: Properties, preview: boolean): Promise<Invoked> {
    if (!this.configured) return { value: {}, failures: [] };
    const request = new proto.InvokeRequest();
    request.setTok(token);
    request.setArgs(this.struct(args));
    request.setPreview(preview);
    const response = await this.ask<proto.InvokeResponse>((done) => this.client.invoke(request, done));
    return { value: fromStruct(response.getReturn()), failures: failuresOf(response.getFailuresList()) };
  }

  async cancel(): Promise<void> {
    await unary<Empty>((done) => this.client.cancel(new Empty(), done)).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.client.close();
    await this.process.stop();
  }

  private struct(properties: Properties, preview = true): Struct {
    const known = preview ? properties : withoutUnknowns(properties);
    return toStruct(known, { secrets: this.acceptsSecrets });
  }

  private properties(struct: Struct | undefined, inputs: Properties): Properties {
    const properties = fromStruct(struct);
    return this.acceptsSecrets ? properties : markLikeInputs(properties, inputs);
  }

  private async ask<Response>(call: Parameters<typeof unary<Response>>[0]): Promise<Response> {
    try {
      return await unary(call);
    } catch (error) {
      throw new Error(reasonOf(error));
    }
  }
}
