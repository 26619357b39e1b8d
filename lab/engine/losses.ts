/** What failed or was skipped in a run, and what that means for others. */
import type { Identities } from "./identities";
import type { Graph } from "./graph";
import type { Snapshot } from "./snapshot";
import type { ResourceState } from "./state";
import { urnName } from "./urn";

export class Losses {
  private readonly lost = new Map<string, "failed" | "was skipped">();

  add(urn: string, how: "failed" | "was skipped"): void {
    this.lost.set(urn, how);
  }

  has(urn: string): boolean {
    return this.lost.has(urn);
  }

  get any(): boolean {
    return this.lost.size > 0;
  }

  /** Why something that needs these can't go on; undefined where it can. */
  reasonFor(needs: readonly string[]): string | undefined {
    const urn = needs.find((need) => this.lost.has(need));
    return urn === undefined
      ? undefined
      : `it needs ${urnName(urn)}, which ${this.lost.get(urn) ?? "failed"}`;
  }

  /**
   * What must outlive a failure: all that a failed resource still needs, and all that needs it, which the
   * program may have left out only because the failed one's outputs were not there.
   */
  keeps(snapshot: Snapshot, identities: Identities, graph: Graph): Map<ResourceState, string> {
    const states = snapshot.remaining().filter((state) => identities.isFound(state) && this.has(state.urn));
    const kept = new Map<ResourceState, string>();
    for (const state of graph.neededFrom(states)) kept.set(state, "what failed depends on it");
    for (const state of graph.needing(states)) kept.set(state, "it depends on what failed");
    return kept;
  }
}
