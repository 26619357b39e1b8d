/** The two gRPC services the program talks to: the resource monitor and the engine. */
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceError,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engine from "@pulumi/pulumi/proto/engine_pb";
import * as provider from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { stripVTControlCharacters } from "node:util";
import type { Deployment } from "./deployment";
import type { LogLevel } from "./events";
import type { Reporter } from "./reporter";
import { RunEnded } from "./run-guard";
import { goalOf, readGoalOf } from "./requests";
import { fromStruct, toStruct, UNKNOWN } from "./wire";

const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/** What the program may rely on. What is not here, the SDK refuses by itself, naming the feature. */
const FEATURES = new Set([
  "secrets",
  "resourceReferences",
  "outputValues",
  "aliasSpecs",
  "deletedWith",
  "parameterization",
]);

export interface Services {
  address: string;
  close(): void;
}

export interface ServedRun {
  deployment: Deployment;
  reporter: Reporter;
}

/** Serves both on one free port of 127.0.0.1. */
export async function serve(run: ServedRun): Promise<Services> {
  const server = new Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  server.addService(ResourceMonitorService, monitorService(run.deployment));
  server.addService(EngineService, engineService(run));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    address: `127.0.0.1:${port}`,
    close: () => server.forceShutdown(),
  };
}

function unary<Request, Response>(
  answer: (request: Request) => Promise<Response> | Response,
): handleUnaryCall<Request, Response> {
  return (call, respond) => {
    Promise.resolve()
      .then(() => answer(call.request))
      .then(
        (response) => respond(null, response),
        (error: unknown) => respond(refusal(error)),
      );
  };
}

/** UNAVAILABLE lets the SDK end the program quietly: what went wrong is already reported. */
function refusal(error: unknown): Partial<ServiceError> {
  const details = error instanceof Error ? error.message : String(error);
  return { code: error instanceof RunEnded ? status.UNAVAILABLE : status.UNKNOWN, details };
}

function unsupported(what: string): handleUnaryCall<unknown, never> {
  return (_call, respond) =>
    respond({ code: status.UNIMPLEMENTED, details: `the lab's engine does not do ${what}` });
}

function monitorService(deployment: Deployment): UntypedServiceImplementation {
  const packages = new Map<string, { name: string; version: string }>();
  const versionOf = (ref: string, version: string): string => packages.get(ref)?.version ?? version;
  return {
    supportsFeature: unary((request: proto.SupportsFeatureRequest) => {
      const response = new proto.SupportsFeatureResponse();
      response.setHassupport(FEATURES.has(request.getId()));
      return response;
    }),
    registerResource: unary(async (request: proto.RegisterResourceRequest) => {
      const goal = orEnd(deployment, () => goalOf(request));
      const version = versionOf(request.getPackageref(), goal.version);
      return registered(await deployment.register({ ...goal, version }));
    }),
    registerResourceOutputs: unary(async (request: proto.RegisterResourceOutputsRequest) => {
      await deployment.registerOutputs(request.getUrn(), fromStruct(request.getOutputs()));
      return new Empty();
    }),
    readResource: unary(async (request: proto.ReadResourceRequest) => {
      const goal = readGoalOf(request);
      const version = versionOf(request.getPackageref(), goal.version);
      const id = request.getId() === UNKNOWN ? "" : request.getId();
      const { urn, outputs } = await deployment.read({ ...goal, version }, id);
      const response = new proto.ReadResourceResponse();
      response.setUrn(urn);
      response.setProperties(toStruct(outputs));
      return response;
    }),
    invoke: unary(async (request: proto.ResourceInvokeRequest) => {
      const call = {
        token: request.getTok(),
        provider: request.getProvider(),
        version: versionOf(request.getPackageref(), request.getVersion()),
      };
      const { value, failures } = await deployment.invoke(call, fromStruct(request.getArgs()));
      const response = new provider.InvokeResponse();
      response.setReturn(toStruct(value));
      response.setFailuresList(
        failures.map(({ property, reason }) => {
          const failure = new provider.CheckFailure();
          failure.setProperty(property);
          failure.setReason(reason);
          return failure;
        }),
      );
      return response;
    }),
    registerPackage: unary((request: proto.RegisterPackageRequest) => {
      if (request.hasParameterization() || request.hasExtension$()) {
        throw deployment.guard.end(`the lab's engine has no parameterized provider ${request.getName()}`);
      }
      const ref = `${request.getName()}@${request.getVersion()}`;
      packages.set(ref, { name: request.getName(), version: request.getVersion() });
      const response = new proto.RegisterPackageResponse();
      response.setRef(ref);
      return response;
    }),
    signalAndWaitForShutdown: unary(async () => {
      await deployment.guard.idle();
      return new Empty();
    }),
    call: unsupported("method calls on resources"),
    registerStackTransform: unsupported("transforms"),
    registerStackInvokeTransform: unsupported("transforms"),
    registerResourceHook: unsupported("resource hooks"),
    registerErrorHook: unsupported("error hooks"),
    getDeploymentInfo: unsupported("deployment info"),
  };
}

function registered(outcome: Awaited<ReturnType<Deployment["register"]>>): proto.RegisterResourceResponse {
  const results = { success: proto.Result.SUCCESS, failed: proto.Result.FAIL, skipped: proto.Result.SKIP };
  const response = new proto.RegisterResourceResponse();
  response.setUrn(outcome.urn);
  response.setId(outcome.id === UNKNOWN ? "" : outcome.id);
  response.setObject(toStruct(outcome.outputs));
  response.setResult(results[outcome.result]);
  return response;
}

/** A request that can't be read is a problem of the program, and ends the run. */
function orEnd<T>(deployment: Deployment, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw deployment.guard.end(error instanceof Error ? error.message : String(error));
  }
}

function engineService({ deployment, reporter }: ServedRun): UntypedServiceImplementation {
  return {
    log: unary((request: engine.LogRequest) => {
      const level = levelOf(request.getSeverity());
      if (level === undefined) return new Empty();
      if (level === "error") reporter.error(withoutStack(request.getMessage()), request.getUrn());
      else reporter.log(level, request.getMessage(), request.getUrn(), request.getEphemeral());
      return new Empty();
    }),
    getRootResource: unary(() => {
      const response = new engine.GetRootResourceResponse();
      response.setUrn(deployment.root);
      return response;
    }),
    setRootResource: unary(() => new engine.SetRootResourceResponse()),
    startDebugging: unsupported("debugging"),
    requirePulumiVersion: unary(() => new engine.RequirePulumiVersionResponse()),
  };
}

/** The SDK's debug messages print secrets in clear, so they are dropped. */
function levelOf(severity: engine.LogSeverity): LogLevel | undefined {
  switch (severity) {
    case engine.LogSeverity.INFO:
      return "info";
    case engine.LogSeverity.WARNING:
      return "warning";
    case engine.LogSeverity.ERROR:
      return "error";
    case engine.LogSeverity.DEBUG:
      return undefined;
  }
}

/**
 * A program's exception without the stack and the inspected fields that the SDK adds: whoever reads it
 * wrote a policy, not the program.
 */
export function withoutStack(message: string): string {
  const plain = stripVTControlCharacters(message);
  const lines = plain.split("\n");
  const first = lines.findIndex((line) => /^\s+at .+(?::\d+:\d+\)?|\(<anonymous>\))/.test(line));
  const text = (first < 0 ? lines : lines.slice(0, first)).join("\n");
  return text
    .replace(/^Running program '[^']*' failed with an unhandled exception:\n/, "")
    .replace(/^(?:<ref \*\d+> )?(?:Uncaught )?Error: /, "")
    .trimEnd();
}
