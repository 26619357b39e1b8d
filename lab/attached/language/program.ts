/** A Pulumi program, run by the SDK's own entry point. */
import { RunResponse, type RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { messageOf } from "../../grpc/server";
import type { EngineLink } from "../engine";
import type { NodeProcesses } from "./child";
import { sdkProgram, typescriptVariables } from "./options";

/** The SDK reported the reason through the engine before it left with this code. */
const ALREADY_TOLD = 32;

/** What a program is given, and what takes what it prints. */
export interface ProgramPlace {
  link: EngineLink;
  processes: NodeProcesses;
  /** What it gets beside its config. */
  environment: NodeJS.ProcessEnv;
}

export async function runProgram(
  request: RunRequest,
  { link, processes, environment }: ProgramPlace,
  signal: AbortSignal,
): Promise<RunResponse> {
  try {
    const { stdout, stderr, end } = processes.start(argumentsOf(request, link.engine), {
      cwd: request.getPwd(),
      env: { ...environment, ...variablesOf(request) },
      signal,
    });
    const [code] = await Promise.all([end, pass(stdout, link), pass(stderr, link)]);
    if (code === 0) return new RunResponse();
    if (code === ALREADY_TOLD) return new RunResponse().setBail(true);
    return new RunResponse().setError(`Program exited with non-zero exit code: ${code}`);
  } catch (error) {
    return new RunResponse().setError(messageOf(error));
  }
}

/** What the program prints is shown by the engine, in order; it waits while the engine does not take it. */
async function pass(output: Readable, link: EngineLink): Promise<void> {
  try {
    for await (const text of createInterface({ input: output })) await link.log({ severity: "INFO", text });
  } catch {
    // It was killed, and its output with it.
  }
}

function argumentsOf(request: RunRequest, engine: string): string[] {
  const info = request.getInfo();
  const folder = info?.getProgramDirectory() ?? request.getPwd();
  const options = {
    monitor: request.getMonitorAddress(),
    engine,
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": info?.getRootDirectory() ?? "",
    stack: request.getStack(),
    pwd: folder,
    parallel: String(request.getParallel()),
  };
  return [
    sdkProgram("run", folder),
    ...Object.entries(options).flatMap(([name, value]) => (value === "" ? [] : [`--${name}`, value])),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info?.getEntryPoint() ?? ".",
    ...request.getArgsList(),
  ];
}

/** Config goes by the environment, which other users can't read: it has secrets in clear. */
function variablesOf(request: RunRequest): Record<string, string> {
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    ...typescriptVariables(request.getInfo()),
  };
}
