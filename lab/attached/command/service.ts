/** The provider `command`, with the semantics of pulumi-command, as far as Palisade's program asks for it. */
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import { version } from "@pulumi/command/package.json";
import { type PluginAttach, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { failure, fields } from "../../grpc/messages";
import { answer } from "../../grpc/server";
import type { EngineLink } from "../engine";
import type { Commands, Operation } from "./commands";
import { differences } from "./diff";
import { completed, problemsOf } from "./inputs";

const REMOTE = "command:remote:Command";

export function commandService(link: EngineLink, commands: Commands): UntypedServiceImplementation {
  return { ...plugin(link), ...planning, ...operations(commands) };
}

function plugin(link: EngineLink): UntypedServiceImplementation {
  return {
    handshake: answer<proto.ProviderHandshakeRequest, proto.ProviderHandshakeResponse>((request) => {
      link.connect(request.getEngineAddress());
      return new proto.ProviderHandshakeResponse().setAcceptSecrets(true).setAcceptResources(true);
    }),
    attach: answer<PluginAttach, Empty>((request) => {
      link.connect(request.getAddress());
      return new Empty();
    }),
    getPluginInfo: answer<Empty, PluginInfo>(() => new PluginInfo().setVersion(version)),
    getSchema: answer<proto.GetSchemaRequest, proto.GetSchemaResponse>(() =>
      new proto.GetSchemaResponse().setSchema(JSON.stringify({ name: "command", version })),
    ),
    configure: answer<proto.ConfigureRequest, proto.ConfigureResponse>(() =>
      new proto.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true).setAcceptresources(true),
    ),
    cancel: answer<Empty, Empty>(() => {
      link.interrupt();
      return new Empty();
    }),
  };
}

const planning: UntypedServiceImplementation = {
  check: answer<proto.CheckRequest, proto.CheckResponse>((request) => {
    refuseOthers(request.getUrn());
    const news = fields(request.getNews());
    // Without a property, so that the engine does not print its value, which may be a key.
    const failures = problemsOf(news).map(({ property, reason }) =>
      failure({ property: "", reason: `${property}: ${reason}` }),
    );
    return new proto.CheckResponse()
      .setInputs(Struct.fromJavaScript(completed(news)))
      .setFailuresList(failures);
  }),
  diff: answer<proto.DiffRequest, proto.DiffResponse>((request) => {
    const found = differences(fields(request.getOldInputs()), fields(request.getNews()));
    const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
    const response = new proto.DiffResponse()
      .setChanges(found.size > 0 ? DIFF_SOME : DIFF_NONE)
      .setHasdetaileddiff(true)
      .setDiffsList([...new Set([...found.keys()].map((path) => path.replace(/[.[].*/, "")))]);
    for (const [path, kind] of found) {
      response.getDetaileddiffMap().set(path, new proto.PropertyDiff().setKind(kind));
    }
    return response.setReplacesList(
      [...found].filter(([, kind]) => REPLACES.has(kind)).map(([path]) => path),
    );
  }),
  read: answer<proto.ReadRequest, proto.ReadResponse>((request) =>
    new proto.ReadResponse()
      .setId(request.getId())
      .setProperties(request.getProperties())
      .setInputs(request.getInputs()),
  ),
  invoke: answer<proto.InvokeRequest, never>((request) => refuse(request.getTok())),
};

const REPLACES = new Set<proto.PropertyDiff.Kind>([
  proto.PropertyDiff.Kind.ADD_REPLACE,
  proto.PropertyDiff.Kind.DELETE_REPLACE,
]);

function operations(commands: Commands): UntypedServiceImplementation {
  return {
    create: answer<proto.CreateRequest, proto.CreateResponse>(async (request, gone) => {
      refuseOthers(request.getUrn());
      const made = await commands.create(fields(request.getProperties()), operationOf(request, gone));
      return new proto.CreateResponse().setId(made.id).setProperties(Struct.fromJavaScript(made.outputs));
    }),
    update: answer<proto.UpdateRequest, proto.UpdateResponse>(async (request, gone) => {
      const [news, olds] = [fields(request.getNews()), fields(request.getOlds())];
      const outputs = await commands.update(news, olds, operationOf(request, gone));
      return new proto.UpdateResponse().setProperties(Struct.fromJavaScript(outputs));
    }),
    delete: answer<proto.DeleteRequest, Empty>(async (request, gone) => {
      await commands.delete(fields(request.getProperties()), operationOf(request, gone));
      return new Empty();
    }),
  };
}

interface OperationRequest {
  getUrn(): string;
  getTimeout(): number;
  getPreview?(): boolean;
}

function operationOf(request: OperationRequest, gone: AbortSignal): Operation {
  const preview = request.getPreview?.() ?? false;
  return { urn: request.getUrn(), preview, seconds: request.getTimeout(), gone };
}

/** `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME` */
function refuseOthers(urn: string): void {
  const type = urn.split("::")[2]?.split("$").pop() ?? "";
  if (type !== REMOTE) refuse(type);
}

function refuse(token: string): never {
  throw new Error(
    `${token} is not served here, only ${REMOTE}; for it, install the plugin: pulumi plugin install resource command`,
  );
}
