/**
 * Serves a cloud over gRPC as Pulumi's engine speaks it. `@pulumi/pulumi/provider` does so too, but keeps the provider's
 * config to itself, and a region of AWS is nothing but config.
 */
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { CloudProvider } from "./cloud-provider";
import { failure, fields } from "../grpc/messages";
import { answer, listen } from "../grpc/server";
import { plainProperties } from "../grpc/values";

/** Serves on a free port of this machine, which it prints as the engine expects. */
export function serve(cloud: CloudProvider): void {
  void listen([[ResourceProviderService, { ...plugin(cloud), ...resources(cloud) }]]).then(({ port }) =>
    process.stdout.write(`${port}\n`),
  );
}

function plugin(cloud: CloudProvider): UntypedServiceImplementation {
  return {
    getPluginInfo: answer<Empty, PluginInfo>(() => new PluginInfo().setVersion(cloud.version)),
    configure: answer<proto.ConfigureRequest, proto.ConfigureResponse>((request) => {
      cloud.configure(plainProperties(fields(request.getArgs())));
      return new proto.ConfigureResponse()
        .setAcceptsecrets(true)
        .setAcceptresources(true)
        .setAcceptoutputs(true);
    }),
    cancel: answer<Empty, Empty>(() => new Empty()),
    attach: answer<Empty, Empty>(() => new Empty()),
  };
}

function resources(cloud: CloudProvider): UntypedServiceImplementation {
  return {
    check: answer<proto.CheckRequest, proto.CheckResponse>((request) => {
      const failures = cloud.check(request.getUrn(), fields(request.getNews()));
      return new proto.CheckResponse().setInputs(request.getNews()).setFailuresList(failures.map(failure));
    }),
    diff: answer<proto.DiffRequest, proto.DiffResponse>((request) => {
      const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
      const diff = cloud.diff(request.getUrn(), fields(request.getOlds()), fields(request.getNews()));
      return new proto.DiffResponse()
        .setChanges(diff.changes ? DIFF_SOME : DIFF_NONE)
        .setReplacesList(diff.replaces);
    }),
    create: answer<proto.CreateRequest, proto.CreateResponse>(async (request) => {
      const { id, outs } = await cloud.create(request.getUrn(), fields(request.getProperties()));
      return new proto.CreateResponse().setId(id).setProperties(Struct.fromJavaScript(outs));
    }),
    update: answer<proto.UpdateRequest, proto.UpdateResponse>(async (request) => {
      const outs = await cloud.update(request.getId(), request.getUrn(), fields(request.getNews()));
      return new proto.UpdateResponse().setProperties(Struct.fromJavaScript(outs));
    }),
    read: answer<proto.ReadRequest, proto.ReadResponse>((request) => {
      const { id, props } = cloud.read(request.getId(), request.getUrn(), fields(request.getProperties()));
      return new proto.ReadResponse().setId(id).setProperties(Struct.fromJavaScript(props));
    }),
    delete: answer<proto.DeleteRequest, Empty>(async (request) => {
      await cloud.delete(request.getId(), request.getUrn());
      return new Empty();
    }),
    invoke: answer<proto.InvokeRequest, proto.InvokeResponse>((request) => {
      const found = cloud.invoke(request.getTok(), fields(request.getArgs()));
      const response = new proto.InvokeResponse();
      return typeof found === "string"
        ? response.setFailuresList([failure({ property: "", reason: found })])
        : response.setReturn(Struct.fromJavaScript(found));
    }),
  };
}
