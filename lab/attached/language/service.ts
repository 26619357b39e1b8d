/** The language host `nodejs`: what the engine asks of it when it previews, updates and destroys. */
import type { ServerWritableStream, UntypedServiceImplementation } from "@grpc/grpc-js";
import { version } from "@pulumi/pulumi/package.json";
import * as proto from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { answer, failed } from "../../grpc/server";
import { runPlugin } from "./plugin";
import { type ProgramPlace, runProgram } from "./program";

export function languageService(place: ProgramPlace): UntypedServiceImplementation {
  return { ...questions, ...runs(place) };
}

function runs(place: ProgramPlace): UntypedServiceImplementation {
  const { link, processes } = place;
  return {
    handshake: answer<proto.LanguageHandshakeRequest, proto.LanguageHandshakeResponse>((request) => {
      link.connect(request.getEngineAddress());
      return new proto.LanguageHandshakeResponse();
    }),
    run: answer<proto.RunRequest, proto.RunResponse>((request, gone) =>
      runProgram(request, place, AbortSignal.any([link.interrupted, gone])),
    ),
    runPlugin: streamed<proto.RunPluginRequest, proto.RunPluginResponse>((call, gone) =>
      runPlugin(call, processes, AbortSignal.any([link.ended, gone])),
    ),
    cancel: answer<Empty, Empty>(() => {
      link.interrupt();
      return new Empty();
    }),
  };
}

const questions: UntypedServiceImplementation = {
  getPluginInfo: answer<Empty, PluginInfo>(() => new PluginInfo().setVersion(version)),
  /** None: the engine would fetch what is named here, and has what it needs. */
  getRequiredPackages: answer<proto.GetRequiredPackagesRequest, proto.GetRequiredPackagesResponse>(
    () => new proto.GetRequiredPackagesResponse(),
  ),
  getRequiredPlugins: answer<proto.GetRequiredPluginsRequest, proto.GetRequiredPluginsResponse>(
    () => new proto.GetRequiredPluginsResponse(),
  ),
  about: answer<proto.AboutRequest, proto.AboutResponse>(() =>
    new proto.AboutResponse().setExecutable(process.execPath).setVersion(process.version),
  ),
  /** Nothing is fetched here: what is missing is said. */
  installDependencies: streamed<proto.InstallDependenciesRequest, proto.InstallDependenciesResponse>(
    ({ request }) => {
      const folder = request.getInfo()?.getProgramDirectory() ?? request.getDirectory();
      if (!existsSync(join(folder, "node_modules"))) throw new Error(`run npm ci in ${folder} first`);
    },
  ),
};

/** A method that answers bit by bit, and ends when its work does. */
function streamed<Request, Response>(
  work: (call: ServerWritableStream<Request, Response>, gone: AbortSignal) => Promise<void> | void,
): (call: ServerWritableStream<Request, Response>) => void {
  return (call) => {
    const gone = new AbortController();
    call.on("cancelled", () => gone.abort());
    Promise.resolve()
      .then(() => work(call, gone.signal))
      .then(
        () => call.end(),
        (error: unknown) => call.emit("error", failed(error)),
      );
  };
}
