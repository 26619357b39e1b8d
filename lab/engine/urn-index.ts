/** Finds resources by URN, however many there are. */
import type { ResourceState } from "./state";

export class UrnIndex {
  private readonly byUrn = new Map<string, Set<ResourceState>>();

  add(resource: ResourceState): void {
    const same = this.byUrn.get(resource.urn);
    if (same === undefined) this.byUrn.set(resource.urn, new Set([resource]));
    else same.add(resource);
  }

  /** To be called before the resource's URN changes. */
  remove(resource: ResourceState): void {
    this.byUrn.get(resource.urn)?.delete(resource);
  }

  /** All of a URN, in the order in which they came. */
  get(urn: string): ResourceState[] {
    return [...(this.byUrn.get(urn) ?? [])];
  }
}
