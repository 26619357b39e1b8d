/** Which resource of this run is which of the last. */
import { formerUrns } from "./aliases";
import type { Goal } from "./goal";
import type { RunGuard } from "./run-guard";
import type { Snapshot } from "./snapshot";
import type { ResourceState } from "./state";
import { makeUrn } from "./urn";

export class Identities {
  private readonly claimed = new Set<string>();
  private readonly found = new Set<ResourceState>();
  /** URN of this run → the URN under which the state knew that resource. */
  private readonly former = new Map<string, string>();

  constructor(
    private readonly stack: string,
    private readonly project: string,
    private readonly snapshot: Snapshot,
    private readonly guard: RunGuard,
  ) {}

  /** The URN of a resource of this run. A second one of the same URN ends the run. */
  claim({ parent, type, name }: Pick<Goal, "parent" | "type" | "name">): string {
    const urn = makeUrn(this.stack, this.project, parent, type, name);
    if (this.claimed.has(urn)) {
      throw this.guard.end(`Duplicate resource URN '${urn}'; try giving it a unique name`, urn);
    }
    this.claimed.add(urn);
    return urn;
  }

  /** The state of the last run under the URN or a former one; all references then follow to the new. */
  find(urn: string, goal: Goal): ResourceState | undefined {
    const candidates = [urn, ...formerUrns(goal, this.stack, this.project, this.former)];
    for (const candidate of candidates) {
      const old = this.snapshot.findRemaining(candidate);
      if (old === undefined || this.found.has(old)) continue;
      this.found.add(old);
      if (candidate !== urn) {
        this.former.set(urn, candidate);
        this.snapshot.rename(old, urn);
      }
      return old;
    }
    return undefined;
  }

  /** Whether the program has registered what a state describes. */
  isFound(state: ResourceState): boolean {
    return this.found.has(state);
  }
}
