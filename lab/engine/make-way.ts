/**
 * Deletes before replacing, where old and new can't stand side by side: first all that would have to be
 * replaced with it, then the resource itself. Their states wait for the replacements to be registered.
 */
import type { Providers } from "./default-providers";
import { callDelete } from "./deletes";
import { type Goal, plainGoal } from "./goal";
import { Graph } from "./graph";
import type { Identities } from "./identities";
import { plan, type Surroundings } from "./planner";
import type { ResourceState } from "./state";
import type { StepContext } from "./steps";
import { parseProviderRef, urnName } from "./urn";
import { unknown } from "./values";

export interface WayContext {
  steps: StepContext;
  identities: Identities;
  providers: Providers;
  surroundings: Surroundings;
}

export async function makeWay(old: ResourceState, context: WayContext): Promise<void> {
  const dependents = await replacedWith(old, context);
  for (const state of [...dependents.reverse(), old]) {
    if (state.awaitsReplacement) continue;
    const { reporter } = context.steps;
    await reporter.step(state.urn, "delete", () => deleteForReplacement(state, context.steps), true);
  }
}

async function deleteForReplacement(state: ResourceState, steps: StepContext): Promise<void> {
  if (state.protect) throw new Error("it must be deleted to replace another, but is protected");
  if (!steps.preview && !state.retainOnDelete && !state.external) await callDelete(state, steps);
  state.awaitsReplacement = true;
  steps.snapshot.touch(state);
  await steps.snapshot.save();
}

/** Dependents, what is needed first, that a change of what they take from `root` would replace. */
async function replacedWith(root: ResourceState, context: WayContext): Promise<ResourceState[]> {
  const graph = new Graph(context.steps.snapshot.remaining());
  const going = new Set([root.urn]);
  const result: ResourceState[] = [];
  for (const state of inOrderOfNeed([...graph.needing([root])], graph)) {
    const settled = !state.custom || state.external || state.condemned || context.identities.isFound(state);
    if (!settled && (await wouldBeReplaced(state, going, context))) {
      going.add(state.urn);
      result.push(state);
    }
  }
  return result;
}

/** Asks for a plan in which every input that comes from what goes is not known. */
async function wouldBeReplaced(
  state: ResourceState,
  going: ReadonlySet<string>,
  { providers, surroundings }: WayContext,
): Promise<boolean> {
  if (state.deletedWith !== "" && going.has(state.deletedWith)) return true;
  if (state.provider !== "" && going.has(parseProviderRef(state.provider).urn)) return true;
  const touched = Object.keys(state.inputs).filter((name) =>
    state.propertyDependencies[name]?.some((urn) => going.has(urn)),
  );
  if (touched.length === 0) return false;
  const inputs = { ...state.inputs, ...Object.fromEntries(touched.map((name) => [name, unknown])) };
  const provider = await providers.instance(state.type, state.provider);
  const planned = await plan(
    { urn: state.urn, goal: goalOf(state, inputs), old: state, provider, providerRef: state.provider },
    { ...surroundings, preview: true },
  );
  return planned.operation === "replace";
}

function goalOf(state: ResourceState, inputs: Goal["inputs"]): Goal {
  const { ignoreChanges, replaceOnChanges, dependencies, propertyDependencies } = state;
  const plain = plainGoal({ ...state, name: urnName(state.urn), inputs });
  return { ...plain, ignoreChanges, replaceOnChanges, dependencies, propertyDependencies };
}

function inOrderOfNeed(resources: ResourceState[], graph: Graph): ResourceState[] {
  const needs = new Map(resources.map((resource) => [resource, graph.neededFrom([resource]).size]));
  return [...resources].sort((left, right) => (needs.get(left) ?? 0) - (needs.get(right) ?? 0));
}
