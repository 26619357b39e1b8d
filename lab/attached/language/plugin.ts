/** Plugins and policy packs written for Node, run by the SDK's own entry points. */
import type { ServerWritableStream } from "@grpc/grpc-js";
import { type RunPluginRequest, RunPluginResponse } from "@pulumi/pulumi/proto/language_pb";
import type { NodeProcesses } from "./child";
import { sdkProgram, typescriptVariables } from "./options";

/** Runs it until it ends, or the signal is aborted; sends what it prints, and its exit status at last. */
export async function runPlugin(
  call: ServerWritableStream<RunPluginRequest, RunPluginResponse>,
  processes: NodeProcesses,
  signal: AbortSignal,
): Promise<void> {
  const { request } = call;
  const folder = request.getInfo()?.getProgramDirectory() ?? "";
  const isPack = request.getKind() === "analyzer";
  const args = request.getArgsList();
  const { stdout, stderr, end } = processes.start(
    isPack
      ? [sdkProgram("run-policy-pack", folder), ...args, folder]
      : [sdkProgram("run-plugin", folder), folder, ...args],
    {
      cwd: isPack ? folder : request.getPwd(),
      env: { ...variables(request.getEnvList()), ...typescriptVariables(request.getInfo()) },
      signal,
    },
  );
  stdout.on("data", (data: Buffer) => call.write(new RunPluginResponse().setStdout(data)));
  stderr.on("data", (data: Buffer) => call.write(new RunPluginResponse().setStderr(data)));
  const code = await end;
  call.write(new RunPluginResponse().setExitcode(code));
}

/** From `NAME=value`; of two with one name the last counts, as for a process's own. */
function variables(list: readonly string[]): Record<string, string> {
  return Object.fromEntries(list.map((one) => [one.replace(/=.*/s, ""), one.replace(/^[^=]*=/, "")]));
}
