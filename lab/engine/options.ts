/** What a run of the engine takes and gives. */
import type { Changes, EngineEvent, Operation } from "./events";
import type { Violation } from "./policies/messages";
import type { Shown } from "./values";

export interface ProviderCommand {
  /** Prints its port as the first line; the engine's address is appended as the last argument. */
  command: string[];
  env?: Record<string, string>;
}

export interface EngineRun {
  /** The folder with Pulumi.yaml and index.ts; the program's working folder. */
  projectDir: string;
  project: string;
  stack: string;
  /** Default: `organization`, as with a local backend. */
  organization?: string;
  /** Fully qualified key → plain string or JSON text: `"palisade:hosts": "[…]"`. */
  config: Record<string, string>;
  /** Keys of `config` whose values are secret. */
  secretKeys: string[];
  /** Where the stack's state is kept; other stacks' are beside it, as `STACK.json`. */
  stateFile: string;
  /** Secrets in the state are encrypted under a key derived from it. */
  passphrase: string;
  /** Package → its plugin. `command` and `pulumi` are built in. */
  providers: Record<string, ProviderCommand>;
  /** Folders of policy packs that judge a preview and an update, as `--policy-pack` names them. */
  policyPacks?: string[];
  /** Resource operations at once. Default 16. */
  parallel?: number;
  /** Names or URNs of resources to be replaced though nothing changed. */
  replace?: string[];
  operation: "preview" | "up" | "destroy";
  onEvent(event: EngineEvent): void;
  /** Added to the environment of the program. */
  env?: Record<string, string>;
  /** Aborting starts nothing more; what is under way ends, and the state tells what was done. */
  signal?: AbortSignal;
}

export interface Step {
  urn: string;
  operation: Operation;
  result: "done" | "failed" | "skipped";
  seconds: number;
}

export interface EngineResult {
  ok: boolean;
  changes: Changes;
  /** URNs that failed, and why. */
  failed: { urn: string; message: string }[];
  /** URNs left alone because something they need failed. */
  skipped: string[];
  /** Problems of no one resource: the program's own error, a missing stack, a held lock. */
  errors: string[];
  /** What policy packs found; a mandatory one makes `ok` false. */
  violations: Violation[];
  /** The stack's outputs after the run; secret values are in clear here. */
  outputs: Record<string, { value: Shown; secret: boolean }>;
  /** Seconds. */
  duration: number;
  /** In the order in which they ended. */
  steps: Step[];
  /** Hosts to which a command's SSH connection was opened or tried, sorted. */
  contacted: string[];
}
