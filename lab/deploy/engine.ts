import type { SecretKey } from "../../compiler/identity/keys";
import type { Lab } from "../machine/lab";
import type { Changes } from "../display/summary";
import type { Failure } from "./outcome";
import type { Session } from "./session";

/**
 * Resource operations at once. They wait for hosts most of the time, and a host's `confirm` must not queue behind
 * other hosts' pushes until its window is over.
 */
export const PARALLEL = 64;

export type EngineOperation = "preview" | "up" | "destroy";

export interface EngineOptions {
  operation: EngineOperation;
  session: Pick<Session, "name" | "files" | "environment">;
  /** The stack's config as the lab completed it. */
  config: Record<string, unknown>;
  /** The environment's, by key of the config: one, or two while it is exchanged. */
  secrets: Partial<Record<SecretKey, string>>;
  /** The lab's own, by person: crypt(3) hashes, as secret as the rest. */
  passwords: Record<string, string>;
  lab: Lab;
  /** Names of resources to be pushed again though nothing about them changed. */
  replace: string[];
}

/** What a run did. */
export interface Deployment {
  ok: boolean;
  /** The stack's outputs after an update; undefined where there are none. */
  outputs: Record<string, unknown> | undefined;
  /** How many resources met each fate; undefined where the run ended before that was known. */
  changes: Changes | undefined;
  /** Names of resources that failed, with the reason. */
  failed: Failure[];
  /** Names of hosts to which something was pushed, or tried to be. */
  contacted: string[];
}

/**
 * The command's arguments.
 * @param packs folders of policy packs; a destroy is not judged
 * @param replace names of resources that are pushed again
 */
export function argumentsOf(
  operation: EngineOperation,
  packs: readonly string[],
  replace: readonly string[] = [],
): string[] {
  const guarded = packs.flatMap((folder) => ["--policy-pack", folder]);
  const replaced = replace.flatMap((name) => ["--replace", `**::${name}`]);
  const update = ["--yes", "--skip-preview", "--continue-on-error", "--parallel", String(PARALLEL)];
  switch (operation) {
    case "preview":
      return ["preview", ...guarded];
    case "up":
      return ["up", ...update, ...guarded, ...replaced];
    case "destroy":
      return ["destroy", ...update];
    default: {
      const exhaustive: never = operation;
      return exhaustive;
    }
  }
}
