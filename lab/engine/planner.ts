/** Decides what is to be done with a resource: nothing, create, update or replace. */
import { type Difference, differences } from "./diff";
import type { Operation, PropertyChange } from "./events";
import { type Goal, stateOf } from "./goal";
import { contains, formatPath, parsePath, resetIgnored, valueAt } from "./paths";
import type { Checked, Provider, ProviderDiff } from "./providers/provider";
import { engineDiff, type ProviderRegistry } from "./providers/registry";
import type { ResourceState } from "./state";
import { parseProviderRef } from "./urn";
import { equal, type Properties, show } from "./values";

export interface Plan {
  operation: Exclude<Operation, "delete" | "read" | "discard">;
  urn: string;
  goal: Goal;
  old: ResourceState | undefined;
  /** The state to come, with the provider's own view of the inputs. */
  next: ResourceState;
  /** Undefined for a component. */
  provider: Provider | undefined;
  changes: PropertyChange[];
  /** Of a replacement: whether the old one goes first. */
  deleteFirst: boolean;
}

/** What a plan depends on besides the resource. */
export interface Surroundings {
  registry: ProviderRegistry;
  preview: boolean;
  /** Lets the policy packs judge it by its inputs. Throws where they refuse it. */
  judge(state: ResourceState, goal: Goal): Promise<void>;
  /** Whether the user wants this resource replaced in any case. */
  forced(urn: string, name: string): boolean;
  /** Whether this run replaces the resource of a URN. */
  replaced(urn: string): boolean;
  /** The provider resource of a URN, from this run or the last. */
  providerInputs(urn: string): Properties;
}

interface Request {
  urn: string;
  goal: Goal;
  old: ResourceState | undefined;
  provider: Provider | undefined;
  /** `URN::ID` of the provider; empty for components and providers. */
  providerRef: string;
}

/** Throws when the provider refuses the inputs, naming each property and reason. */
export async function plan(request: Request, around: Surroundings): Promise<Plan> {
  const { urn, goal, old, provider, providerRef } = request;
  const forced = around.forced(urn, goal.name);
  const anew = old === undefined || old.external || old.awaitsReplacement || forced;
  const news = anew ? goal.inputs : resetIgnored(goal.inputs, old.inputs, goal.ignoreChanges);
  const { inputs, failures } = await check(request, anew ? undefined : old, news, around.preview);
  const next = stateOf(urn, goal, inputs, providerRef);
  await around.judge(next, goal);
  refuse(failures);
  const made = { urn, goal, old, next, provider, deleteFirst: false };
  if (old === undefined) return { ...made, operation: "create", changes: additions(inputs) };
  const diff = forced ? replacing(["id"]) : await compare(request, old, inputs, around);
  const details = detailsOf(diff, old.inputs, inputs, goal.replaceOnChanges);
  const changes = details.map((detail) => changeOf(detail, old.inputs, inputs));
  const replace =
    old.external ||
    old.awaitsReplacement ||
    diff.replaceKeys.length > 0 ||
    details.some((detail) => detail.replaces);
  if (replace) {
    if (!old.external && !old.awaitsReplacement) refuseProtected(old, goal);
    if (!anew) {
      const again = await check(request, undefined, goal.inputs, around.preview);
      refuse(again.failures);
      next.inputs = again.inputs;
    }
    const deleteFirst = goal.deleteBeforeReplace ?? diff.deleteBeforeReplace;
    return { ...made, operation: "replace", changes, deleteFirst };
  }
  const update = diff.changes === "some" || old.initErrors.length > 0;
  return { ...made, operation: update ? "update" : "same", changes: update ? changes : [] };
}

/** A replacement of something deletes it, so it must be unprotected first, or at the same time. */
function refuseProtected(old: ResourceState, goal: Goal): void {
  if (old.protect && goal.protect) {
    throw new Error("it must be replaced, but is protected; remove `protect` from it in the program first");
  }
}

async function check(
  { urn, provider }: Request,
  old: ResourceState | undefined,
  news: Properties,
  preview: boolean,
): Promise<Checked> {
  if (provider === undefined) return { inputs: news, failures: [] };
  return provider.check(urn, old?.inputs, news, preview);
}

/** Throws where the provider refused the inputs. */
function refuse(failures: Checked["failures"]): void {
  if (failures.length === 0) return;
  throw new Error(
    failures.map(({ property, reason }) => (property === "" ? reason : `${property}: ${reason}`)).join("\n"),
  );
}

async function compare(
  request: Request,
  old: ResourceState,
  inputs: Properties,
  around: Surroundings,
): Promise<ProviderDiff> {
  const { goal, provider } = request;
  if (goal.deletedWith !== "" && around.replaced(goal.deletedWith)) return replacing(["deletedWith"]);
  if (await providerReplaces(request, old, around)) return replacing(["provider"]);
  if (provider === undefined) {
    const same = equal(old.inputs, inputs);
    return { ...replacing([]), changes: same ? "none" : "some", detailed: differences(old.inputs, inputs) };
  }
  const diff = await provider.diff({
    urn: request.urn,
    id: old.id,
    oldInputs: old.inputs,
    oldOutputs: old.outputs,
    newInputs: inputs,
    ignoreChanges: goal.ignoreChanges,
    preview: around.preview,
  });
  return engineDiff(diff, old.inputs, inputs);
}

/** Another provider may take a resource over unless its `DiffConfig` says that it can't. */
async function providerReplaces(
  { providerRef }: Request,
  old: ResourceState,
  around: Surroundings,
): Promise<boolean> {
  if (old.provider === providerRef) return false;
  if (old.provider === "" || providerRef === "") return true;
  const before = around.providerInputs(parseProviderRef(old.provider).urn);
  const now = around.providerInputs(parseProviderRef(providerRef).urn);
  return (await around.registry.diffProviders(providerRef, before, now)).replaceKeys.length > 0;
}

function replacing(replaceKeys: string[]): ProviderDiff {
  return { changes: "some", replaceKeys, changedKeys: replaceKeys, deleteBeforeReplace: false };
}

/** The leaves that changed, each with whether it forces a replacement. */
function detailsOf(
  diff: ProviderDiff,
  olds: Properties,
  news: Properties,
  replaceOnChanges: readonly string[],
): Difference[] {
  if (diff.changes !== "some") return [];
  const paths = replaceOnChanges.map(parsePath).filter((path) => path !== undefined);
  const details = diff.detailed ?? guessed(diff, olds, news);
  return details.map((detail) => ({
    ...detail,
    replaces:
      detail.replaces ||
      diff.replaceKeys.includes(String(detail.path[0])) ||
      paths.some((path) => contains(path, detail.path)),
  }));
}

/** For providers that name only top-level properties. */
function guessed(diff: ProviderDiff, olds: Properties, news: Properties): Difference[] {
  const named = new Set([...diff.changedKeys, ...diff.replaceKeys]);
  const found = differences(olds, news);
  const wanted = named.size === 0 ? found : found.filter(({ path }) => named.has(String(path[0])));
  const missing = [...named].filter((name) => !wanted.some(({ path }) => path[0] === name));
  return [
    ...wanted,
    ...missing.map((name): Difference => ({ path: [name], kind: "update", replaces: false })),
  ];
}

function changeOf(detail: Difference, olds: Properties, news: Properties): PropertyChange {
  const before = valueAt(olds, detail.path);
  const after = valueAt(news, detail.path);
  return {
    path: formatPath(detail.path),
    kind: detail.kind,
    replaces: detail.replaces,
    ...(before === undefined ? {} : { old: show(before) }),
    ...(after === undefined ? {} : { new: show(after) }),
  };
}

function additions(inputs: Properties): PropertyChange[] {
  return Object.entries(inputs).map(([name, value]) => ({
    path: formatPath([name]),
    kind: "add",
    replaces: false,
    new: show(value),
  }));
}
