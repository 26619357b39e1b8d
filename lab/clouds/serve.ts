/**
 * Serves a cloud over gRPC as Pulumi's engine speaks it. `@pulumi/pulumi/provider` does so too, but keeps the provider's
 * config to itself, and a region of AWS is nothing but config.
 */
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { CloudProvider } from "./cloud-provider";
import { plainProperties } from "./values";

/** Serves on a free port of this machine, which it prints as the engine expects. */
export function serve(cloud: CloudProvider): void {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  server.addService(ResourceProviderService, { ...plugin(cloud), ...resources(cloud) });
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    process.stdout.write(`${port}\n`);
  });
}

function plugin(cloud: CloudProvider): grpc.UntypedServiceImplementation {
  return {
    getPluginInfo: answer<Empty, PluginInfo>(() => new PluginInfo().setVersion(cloud.version)),
    configure: answer<proto.ConfigureRequest, proto.ConfigureResponse>((request) => {
      cloud.configure(plainProperties(request.getArgs()?.toJavaScript() ?? {}));
      return new proto.ConfigureResponse()
        .setAcceptsecrets(true)
        .setAcceptresources(true)
        .setAcceptoutputs(true);
    }),
    cancel: answer<Empty, Empty>(() => new Empty()),
    attach: answer<Empty, Empty>(() => new Empty()),
  };
}

function resources(cloud: CloudProvider): grpc.UntypedServiceImplementation {
  return {
    check: answer<proto.CheckRequest, proto.CheckResponse>((request) => {
      const failures = cloud.check(request.getUrn(), values(request.getNews()));
      return new proto.CheckResponse().setInputs(request.getNews()).setFailuresList(failures.map(failure));
    }),
    diff: answer<proto.DiffRequest, proto.DiffResponse>((request) => {
      const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
      const diff = cloud.diff(request.getUrn(), values(request.getOlds()), values(request.getNews()));
      return new proto.DiffResponse()
        .setChanges(diff.changes ? DIFF_SOME : DIFF_NONE)
        .setReplacesList(diff.replaces);
    }),
    create: answer<proto.CreateRequest, proto.CreateResponse>(async (request) => {
      const { id, outs } = await cloud.create(request.getUrn(), values(request.getProperties()));
      return new proto.CreateResponse().setId(id).setProperties(Struct.fromJavaScript(outs));
    }),
    update: answer<proto.UpdateRequest, proto.UpdateResponse>(async (request) => {
      const outs = await cloud.update(request.getId(), request.getUrn(), values(request.getNews()));
      return new proto.UpdateResponse().setProperties(Struct.fromJavaScript(outs));
    }),
    read: answer<proto.ReadRequest, proto.ReadResponse>((request) => {
      const { id, props } = cloud.read(request.getId(), request.getUrn(), values(request.getProperties()));
      return new proto.ReadResponse().setId(id).setProperties(Struct.fromJavaScript(props));
    }),
    delete: answer<proto.DeleteRequest, Empty>(async (request) => {
      await cloud.delete(request.getId(), request.getUrn());
      return new Empty();
    }),
    invoke: answer<proto.InvokeRequest, proto.InvokeResponse>((request) => {
      const found = cloud.invoke(request.getTok(), values(request.getArgs()));
      const response = new proto.InvokeResponse();
      return typeof found === "string"
        ? response.setFailuresList([failure({ property: "", reason: found })])
        : response.setReturn(Struct.fromJavaScript(found));
    }),
  };
}

/** Whatever goes wrong is told to the engine in its own words. */
function answer<Request, Response>(
  work: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => work(call.request))
      .then(
        (response) => callback(null, response),
        (error: unknown) => {
          const details = error instanceof Error ? error.message : String(error);
          callback({ code: grpc.status.UNKNOWN, details });
        },
      );
  };
}

/** What came over the wire, with its marks of secrecy. */
function values(struct: Struct | undefined): object {
  return struct?.toJavaScript() ?? {};
}

function failure({ property, reason }: { property: string; reason: string }): proto.CheckFailure {
  return new proto.CheckFailure().setProperty(property).setReason(reason);
}
