/** What the program wants a resource to be, as it registers it. */
import type { Alias } from "./aliases";
import type { ResourceState, Timeouts } from "./state";
import type { Properties } from "./values";

export interface Goal {
  type: string;
  name: string;
  custom: boolean;
  /** URN; empty for the stack itself. */
  parent: string;
  inputs: Properties;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  /** `URN::ID`, or empty for the package's default provider. */
  provider: string;
  /** Version of the SDK, which names the default provider; may be empty. */
  version: string;
  protect: boolean;
  retainOnDelete: boolean;
  deletedWith: string;
  /** Undefined leaves it to the provider. */
  deleteBeforeReplace: boolean | undefined;
  ignoreChanges: string[];
  replaceOnChanges: string[];
  additionalSecretOutputs: string[];
  aliases: Alias[];
  timeouts: Timeouts;
}

export const noTimeouts: Timeouts = { create: 0, update: 0, delete: 0 };

/** A goal with nothing but what is given. */
export function plainGoal(given: Pick<Goal, "type" | "name" | "custom" | "parent" | "inputs">): Goal {
  return {
    ...given,
    dependencies: [],
    propertyDependencies: {},
    provider: "",
    version: "",
    protect: false,
    retainOnDelete: false,
    deletedWith: "",
    deleteBeforeReplace: undefined,
    ignoreChanges: [],
    replaceOnChanges: [],
    additionalSecretOutputs: [],
    aliases: [],
    timeouts: noTimeouts,
  };
}

/** The state a goal leads to, without id and outputs. */
export function stateOf(urn: string, goal: Goal, inputs: Properties, provider: string): ResourceState {
  return {
    urn,
    type: goal.type,
    custom: goal.custom,
    id: "",
    inputs,
    outputs: {},
    parent: goal.parent,
    dependencies: goal.dependencies,
    propertyDependencies: goal.propertyDependencies,
    provider,
    protect: goal.protect,
    retainOnDelete: goal.retainOnDelete,
    deletedWith: goal.deletedWith,
    additionalSecretOutputs: goal.additionalSecretOutputs,
    replaceOnChanges: goal.replaceOnChanges,
    ignoreChanges: goal.ignoreChanges,
    timeouts: goal.timeouts,
    external: false,
    condemned: false,
    awaitsReplacement: false,
    initErrors: [],
  };
}

const UNIT_SECONDS: Record<string, number> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};

/** Seconds of a Go duration such as `10m`, `1h30m` or `1.5s`; 0 for an empty one. Throws on others. */
export function parseDuration(text: string): number {
  if (text === "") return 0;
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) {
    throw new Error(`"${text}" is no duration; write one such as "10m" or "30s"`);
  }
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g);
  return [...parts].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNIT_SECONDS[unit ?? ""] ?? 0),
    0,
  );
}
