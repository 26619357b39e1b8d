import type pLimit from "p-limit";
/** Carries plans out: calls the provider, keeps the state, tells what happens. */
import type { Plan } from "./planner";
import type { ProviderRegistry } from "./providers/registry";
import type { Reporter } from "./reporter";
import type { Snapshot } from "./snapshot";
import type { ResourceState } from "./state";
import { isProviderType } from "./urn";
import { mapProperties, type Properties, Secret } from "./values";

export interface StepContext {
  reporter: Reporter;
  snapshot: Snapshot;
  registry: ProviderRegistry;
  /** Runs a task once fewer than the allowed number run. */
  inTurn: pLimit.Limit;
  preview: boolean;
  /** Deletes what must go before a replacement of this resource is made. */
  makeWay(old: ResourceState): Promise<void>;
  /** Once nothing more is to begin; throws then. */
  proceed(): void;
}

/** Carries one plan out and gives the state it led to. Throws when the provider fails. */
export async function carryOut(plan: Plan, context: StepContext): Promise<ResourceState> {
  const { reporter, inTurn } = context;
  if (plan.operation === "same") return reporter.step(plan.urn, "same", () => keep(plan, context));
  reporter.planned(plan.urn, plan.operation, plan.changes);
  const task = plan.operation === "update" ? update : create;
  return inTurn(async () => {
    context.proceed();
    return reporter.step(plan.urn, plan.operation, () => task(plan, context));
  });
}

async function keep({ old, next }: Plan, { snapshot, registry }: StepContext): Promise<ResourceState> {
  next.id = old?.id ?? "";
  next.outputs = old?.outputs ?? {};
  if (isProviderType(next.type)) await registry.same({ ...next, inputs: old?.inputs ?? next.inputs });
  return settle(next, snapshot, old);
}

/** Also the first half of a replacement, whose second half is the delete at the end of the run. */
async function create(plan: Plan, context: StepContext): Promise<ResourceState> {
  const { old, next, provider } = plan;
  const { snapshot, preview } = context;
  const waiting = old?.awaitsReplacement ?? false;
  if (old !== undefined && plan.deleteFirst && !waiting) await context.makeWay(old);
  if (provider !== undefined) {
    const request = { urn: plan.urn, inputs: next.inputs, preview, timeout: next.timeouts.create };
    const call = (): ReturnType<typeof provider.create> => provider.create(request);
    const made = preview ? await call() : await snapshot.during({ urn: plan.urn, operation: "create" }, call);
    next.id = made.id;
    next.outputs = made.outputs;
    next.initErrors = made.initErrors ?? [];
  }
  if (old !== undefined && (waiting || plan.deleteFirst)) return settle(next, snapshot, old);
  if (old !== undefined) {
    old.condemned = true;
    snapshot.touch(old);
  }
  return settle(next, snapshot, undefined);
}

async function update(plan: Plan, context: StepContext): Promise<ResourceState> {
  const { old, next, provider, goal } = plan;
  const { snapshot, preview } = context;
  if (old === undefined) throw new Error("there is nothing to update");
  next.id = old.id;
  next.outputs = old.outputs;
  if (provider !== undefined) {
    const request = {
      urn: plan.urn,
      id: old.id,
      inputs: next.inputs,
      oldInputs: old.inputs,
      oldOutputs: old.outputs,
      ignoreChanges: goal.ignoreChanges,
      preview,
      timeout: next.timeouts.update,
    };
    const call = (): ReturnType<typeof provider.update> => provider.update(request);
    const made = preview ? await call() : await snapshot.during({ urn: plan.urn, operation: "update" }, call);
    next.outputs = made.outputs;
    next.initErrors = made.initErrors ?? [];
  }
  return settle(next, snapshot, old);
}

/** Records a state. Throws when its provider says that it is not in order. */
async function settle(
  next: ResourceState,
  snapshot: Snapshot,
  instead: ResourceState | undefined,
): Promise<ResourceState> {
  next.outputs = secretOutputs(next);
  snapshot.put(next, instead);
  await snapshot.save();
  if (next.initErrors.length > 0) throw new Error(next.initErrors.join("\n"));
  return next;
}

/** Outputs the program wants secret, and those that repeat a secret input. */
function secretOutputs({ inputs, outputs, additionalSecretOutputs }: ResourceState): Properties {
  return mapProperties(outputs, (value, name) => {
    const secret = additionalSecretOutputs.includes(name) || inputs[name] instanceof Secret;
    return secret && !(value instanceof Secret) ? new Secret(value) : value;
  });
}
