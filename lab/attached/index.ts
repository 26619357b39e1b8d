/** What an engine that was built from its Go module lacks, and a release brings: served by this process instead. */
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { listen } from "../grpc/server";
import { Commands } from "./command/commands";
import { type Limits, LIMITS } from "./command/limits";
import { commandService } from "./command/service";
import { EngineLink } from "./engine";
import { NodeProcesses } from "./language/child";
import { languageService } from "./language/service";

export interface AttachOptions {
  /** Serve the language host `nodejs`. */
  languageHost: boolean;
  /** Serve the provider `command`. */
  command: boolean;
  /** What a program gets beside its config; default: this process's own environment. */
  environment?: NodeJS.ProcessEnv;
  /** The engine's address; default: the engine tells it. */
  engine?: string;
  /** For commands of resources without `customTimeouts`. */
  limits?: Limits;
}

/** Served until closed, to one engine at a time. */
export interface Attached {
  /** By which the engine finds what is served; empty where nothing is. */
  readonly environment: Record<string, string>;
  /** Addresses that commands dialled, sorted; undefined where the provider is another's. */
  contacted(): string[] | undefined;
  /** Ends commands, programs and plugins that still run, and resolves when they are gone. */
  close(): Promise<void>;
}

/**
 * Serves what is asked for, on a free port of this machine.
 * @param output takes what a program prints and the engine does not
 */
export async function attach(what: AttachOptions, output: (text: string) => void): Promise<Attached> {
  if (!what.languageHost && !what.command) {
    return { environment: {}, contacted: () => undefined, close: () => Promise.resolve() };
  }
  const link = new EngineLink(output);
  if (what.engine !== undefined) link.connect(what.engine);
  const commands = new Commands(link, what.limits ?? LIMITS);
  const processes = new NodeProcesses();
  const language = languageService({ link, processes, environment: what.environment ?? process.env });
  const server = await listen([
    ...(what.languageHost ? [[LanguageRuntimeService, language] as const] : []),
    ...(what.command ? [[ResourceProviderService, commandService(link, commands)] as const] : []),
  ]);
  return {
    environment: {
      ...(what.languageHost ? { PULUMI_DEBUG_LANGUAGES: `nodejs:${server.port}` } : {}),
      ...(what.command ? { PULUMI_DEBUG_PROVIDERS: `command:${server.port}` } : {}),
    },
    contacted: () => (what.command ? commands.contacted : undefined),
    close: async () => {
      link.close();
      await processes.ended();
      server.close();
    },
  };
}
