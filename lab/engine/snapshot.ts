/** The stack's state during a run, and its writing. */
import type { Vault } from "./secrets";
import type { PendingOperation, ResourceState, StackState } from "./state";
import { saveState } from "./state-file";
import { parseProviderRef } from "./urn";

/** Resources this run has dealt with come first, in order; then those it has not reached. */
export class Snapshot {
  private readonly news: ResourceState[] = [];
  private readonly olds: Set<ResourceState>;
  private readonly pending = new Set<PendingOperation>();
  private dirty = false;
  private writing: Promise<void> | undefined;

  constructor(
    private readonly state: StackState,
    private readonly vault: Vault,
    /** Undefined in a preview, which writes nothing. */
    private readonly file: string | undefined,
  ) {
    this.olds = new Set(state.resources);
  }

  /** The resource of a URN, from this run or the last; not one that is condemned. */
  find(urn: string): ResourceState | undefined {
    return this.all().find((resource) => resource.urn === urn && !resource.condemned);
  }

  /** What this run has not dealt with yet, condemned resources of earlier runs included. */
  remaining(): ResourceState[] {
    return [...this.olds];
  }

  all(): ResourceState[] {
    return [...this.news, ...this.olds];
  }

  /** Takes a resource up, in place of an older state of it if there is one. */
  put(resource: ResourceState, instead?: ResourceState): void {
    if (instead !== undefined) this.olds.delete(instead);
    this.news.push(resource);
    this.dirty = true;
  }

  drop(resource: ResourceState): void {
    this.olds.delete(resource);
    const index = this.news.indexOf(resource);
    if (index >= 0) this.news.splice(index, 1);
    this.dirty = true;
  }

  /** To be called after a change inside a resource. */
  touch(): void {
    this.dirty = true;
  }

  /** Lets every reference to a resource's old URN follow it to the new one. */
  rename(from: string, to: string): void {
    const follow = (urn: string): string => (urn === from ? to : urn);
    for (const resource of this.all()) {
      resource.parent = follow(resource.parent);
      resource.deletedWith = follow(resource.deletedWith);
      resource.dependencies = resource.dependencies.map(follow);
      resource.propertyDependencies = Object.fromEntries(
        Object.entries(resource.propertyDependencies).map(([name, urns]) => [name, urns.map(follow)]),
      );
      const provider = parseProviderRef(resource.provider);
      if (provider.urn === from) resource.provider = `${to}::${provider.id}`;
    }
    this.dirty = true;
  }

  /** Runs an operation that is noted in the file while it lasts. */
  async during<T>(operation: PendingOperation, task: () => Promise<T>): Promise<T> {
    this.pending.add(operation);
    this.dirty = true;
    await this.save();
    try {
      return await task();
    } finally {
      this.pending.delete(operation);
      this.dirty = true;
    }
  }

  /** Resolves when the file holds all that is true now. Writes never overlap. */
  async save(): Promise<void> {
    while (this.writing !== undefined) await this.writing;
    if (!this.dirty || this.file === undefined) return;
    this.dirty = false;
    const { project, stack } = this.state;
    const now = { project, stack, resources: this.all(), pending: [...this.pending] };
    this.writing = saveState(this.file, now, this.vault);
    try {
      await this.writing;
    } finally {
      this.writing = undefined;
    }
  }
}
