/** Deletes resources, those that need others before those they need. */
import type { Graph } from "./graph";
import type { ResourceState } from "./state";
import type { StepContext } from "./steps";
import { isProviderType } from "./urn";

export interface Deletion {
  /** What is to go. */
  doomed: readonly ResourceState[];
  /** The graph of all resources, as it was before the run changed anything. */
  graph: Graph;
  /** Resources that must stay because something failed, each with a word on why. */
  kept: ReadonlyMap<ResourceState, string>;
}

/**
 * Deletes in parallel what the graph allows. A resource stays when one that needs it could not be
 * deleted. Failures are reported, not thrown.
 */
export async function deleteAll({ doomed, graph, kept }: Deletion, context: StepContext): Promise<void> {
  const going = new Set(doomed);
  const urns = new Set(doomed.filter((resource) => !kept.has(resource)).map((resource) => resource.urn));
  const results = new Map<ResourceState, Promise<boolean>>();
  const remove = async (resource: ResourceState): Promise<boolean> => {
    const dependents = [...graph.needing([resource])].filter((other) => going.has(other));
    const gone = await Promise.all(dependents.map((other) => result(other)));
    const reason =
      kept.get(resource) ?? (gone.every(Boolean) ? undefined : "what depends on it was not deleted");
    if (reason !== undefined) {
      context.reporter.skip(resource.urn, reason);
      return false;
    }
    return deleteOne(resource, urns, context);
  };
  const result = (resource: ResourceState): Promise<boolean> => {
    const known = results.get(resource);
    if (known !== undefined) return known;
    const started = remove(resource);
    results.set(resource, started);
    return started;
  };
  await Promise.all(doomed.map(result));
}

async function deleteOne(
  resource: ResourceState,
  doomedUrns: ReadonlySet<string>,
  context: StepContext,
): Promise<boolean> {
  const { reporter, inTurn } = context;
  const { urn, condemned } = resource;
  const operation = resource.external ? "discard" : "delete";
  try {
    if (!condemned) reporter.planned(urn, operation, []);
    await inTurn(async () => {
      context.proceed();
      return reporter.step(urn, operation, () => deleteResource(resource, doomedUrns, context), condemned);
    });
    return true;
  } catch {
    return false;
  }
}

/** Deletes one resource and forgets it. `doomedUrns` are those that go in the same run. */
async function deleteResource(
  resource: ResourceState,
  doomedUrns: ReadonlySet<string>,
  context: StepContext,
): Promise<void> {
  const { snapshot, preview } = context;
  if (resource.protect && !resource.condemned) {
    throw new Error(
      "it is protected; remove `protect` from it in the program and run `up` before it can be deleted",
    );
  }
  if (!preview && needsProvider(resource, doomedUrns)) await callDelete(resource, context);
  snapshot.drop(resource);
  await snapshot.save();
}

function needsProvider(resource: ResourceState, doomedUrns: ReadonlySet<string>): boolean {
  return (
    resource.custom &&
    !resource.external &&
    !resource.retainOnDelete &&
    !resource.awaitsReplacement &&
    !isProviderType(resource.type) &&
    !(resource.deletedWith !== "" && doomedUrns.has(resource.deletedWith))
  );
}

/** The provider's part of a deletion; the state is left to the caller. */
export async function callDelete(resource: ResourceState, context: StepContext): Promise<void> {
  const { snapshot, registry } = context;
  const { urn, id, inputs, outputs, timeouts } = resource;
  const provider = await registry.get(resource.provider, () => snapshot.all());
  await snapshot.during({ urn, operation: "delete" }, () =>
    provider.delete({ urn, id }, inputs, outputs, timeouts.delete),
  );
}
