import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { SecretKey } from "../../compiler/identity/keys";
import type { Lab } from "../machine/lab";
import type { Session } from "./session";

/**
 * Resource operations at once. They wait for hosts most of the time, and a host's `confirm` must not queue behind
 * other hosts' pushes until its window is over.
 */
export const PARALLEL = 64;

export type EngineOperation = "preview" | "up" | "destroy";

export interface EngineOptions {
  operation: EngineOperation;
  session: Session;
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

/** What a run did, whichever engine made it. */
export interface Deployment {
  ok: boolean;
  /** The stack's outputs; undefined where there are none. */
  outputs: Record<string, unknown> | undefined;
  /** How many resources met each fate; undefined where the engine does not tell. */
  changes?: { same: number; create: number; update: number; replace: number; delete: number };
  /** Names of resources that failed, with the reason. */
  failed: { name: string; message: string }[];
  /** Addresses of hosts that were contacted; undefined where the engine does not tell. */
  contacted?: string[];
}

/** Runs a stack's program: the real `pulumi`, or the lab's stand-in for it. */
export interface Engine {
  readonly name: string;
  /** Makes the stack, empty, where there is none yet: others can then refer to it. */
  create(options: EngineOptions): Promise<void>;
  run(options: EngineOptions): Promise<Deployment>;
  /** Drops the state of a stack that was destroyed: what encrypts it goes with the stack. */
  forget(options: EngineOptions): Promise<void>;
}

/** Where the command is on PATH; undefined where it is not. */
export function pulumiOnPath(path = process.env["PATH"] ?? ""): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, "pulumi"))
    .find((file) => existsSync(file));
}
