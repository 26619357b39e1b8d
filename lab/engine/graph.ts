/** Which resource needs which. */
import type { ResourceState } from "./state";
import { parseProviderRef } from "./urn";

type Needs = Pick<
  ResourceState,
  "parent" | "dependencies" | "propertyDependencies" | "provider" | "deletedWith"
>;

/** URNs that a resource needs directly: parent, dependencies, provider, what it is deleted with. */
export function directNeeds(resource: Needs): string[] {
  const urns = [
    resource.parent,
    resource.deletedWith,
    resource.provider === "" ? "" : parseProviderRef(resource.provider).urn,
    ...resource.dependencies,
    ...Object.values(resource.propertyDependencies).flat(),
  ];
  return [...new Set(urns)].filter((urn) => urn !== "");
}

/** The graph of a set of resources as they are now; later changes to them don't change it. */
export class Graph {
  private readonly needs = new Map<ResourceState, ResourceState[]>();
  private readonly neededBy = new Map<ResourceState, ResourceState[]>();

  constructor(resources: readonly ResourceState[]) {
    const byUrn = new Map<string, ResourceState[]>();
    for (const resource of resources) {
      byUrn.set(resource.urn, [...(byUrn.get(resource.urn) ?? []), resource]);
      this.neededBy.set(resource, []);
    }
    for (const resource of resources) {
      const needed = directNeeds(resource)
        .flatMap((urn) => byUrn.get(urn) ?? [])
        .filter((other) => other.urn !== resource.urn);
      this.needs.set(resource, needed);
      needed.forEach((other) => this.neededBy.get(other)?.push(resource));
    }
  }

  /** All that the given resources need, over any number of steps; themselves not included. */
  neededFrom(resources: Iterable<ResourceState>): Set<ResourceState> {
    return reach(resources, this.needs);
  }

  /** All that need the given resources, over any number of steps; themselves not included. */
  needing(resources: Iterable<ResourceState>): Set<ResourceState> {
    return reach(resources, this.neededBy);
  }
}

function reach(
  from: Iterable<ResourceState>,
  edges: ReadonlyMap<ResourceState, ResourceState[]>,
): Set<ResourceState> {
  const found = new Set<ResourceState>();
  const open = [...from];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const other of edges.get(next) ?? []) {
      if (!found.has(other)) {
        found.add(other);
        open.push(other);
      }
    }
  }
  return found;
}
