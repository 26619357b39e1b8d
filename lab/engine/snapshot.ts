/** The stack's state during a run, and its writing. */
import { isDeepStrictEqual } from "node:util";
import { directNeeds } from "./graph";
import { Journal, type JournalEntry } from "./journal";
import type { PendingOperation, ResourceState, StackState } from "./state";
import { type LoadedState, saveState } from "./state-file";
import { sealResource } from "./stored";
import { parseProviderRef } from "./urn";
import { UrnIndex } from "./urn-index";

/** Makes an entry of the state as it is when it is written down. */
type Entry = () => JournalEntry;

/** Resources this run has dealt with come first, in order; then those it has not reached. */
export class Snapshot {
  private readonly news = new Set<ResourceState>();
  private readonly olds: Set<ResourceState>;
  private readonly byUrn = new UrnIndex();
  private readonly pending = new Set<PendingOperation>();
  /** What resources and operations are called in the journal. */
  private keys = new Map<ResourceState | PendingOperation, number>();
  private nextKey = 0;
  private journal: Journal | undefined;
  /** Digest of the state file, which a journal may continue; undefined where it must be written whole first. */
  private base: string | undefined;
  private entries: Entry[] = [];
  /** Whether there are entries that a run which is killed now must not lose. */
  private dirty = false;
  private changed = false;
  private writing: Promise<void> | undefined;

  constructor(
    private readonly loaded: LoadedState,
    /** Undefined in a preview, which writes nothing. */
    private readonly file: string | undefined,
  ) {
    this.olds = new Set(loaded.state.resources);
    this.base = loaded.state.pending.length === 0 ? loaded.base : undefined;
    loaded.state.resources.forEach((resource) => this.byUrn.add(resource));
    this.number();
  }

  /** The resource of a URN, from this run or the last; not one that is condemned. */
  find(urn: string): ResourceState | undefined {
    const found = this.byUrn.get(urn).filter((resource) => !resource.condemned);
    return found.find((resource) => this.news.has(resource)) ?? found[0];
  }

  /** The resource of a URN that this run has not dealt with yet; not one that is condemned. */
  findRemaining(urn: string): ResourceState | undefined {
    return this.byUrn.get(urn).find((resource) => this.olds.has(resource) && !resource.condemned);
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
    const old = instead === undefined ? undefined : this.keys.get(instead);
    if (instead !== undefined) this.forget(instead);
    this.news.add(resource);
    this.byUrn.add(resource);
    if (this.file === undefined) return;
    if (old !== undefined && isDeepStrictEqual(resource, instead)) {
      this.keys.set(resource, old);
      this.entries.push(() => ({ keep: old }));
      return;
    }
    const put = this.nextKey++;
    this.keys.set(resource, put);
    const replaced = old === undefined ? {} : { instead: old };
    this.note(() => ({ put, ...replaced, resource: this.sealed(resource) }));
  }

  drop(resource: ResourceState): void {
    const drop = this.keys.get(resource);
    this.forget(resource);
    if (drop !== undefined) this.note(() => ({ drop }));
  }

  /** To be called after a change inside a resource; before it was put for the first time, it says nothing. */
  touch(resource: ResourceState): void {
    const change = this.keys.get(resource);
    if (change !== undefined) this.note(() => ({ change, resource: this.sealed(resource) }));
  }

  /** Gives a resource another URN, and lets every reference to the old one follow it. */
  rename(renamed: ResourceState, to: string): void {
    const from = renamed.urn;
    const follow = (urn: string): string => (urn === from ? to : urn);
    this.byUrn.remove(renamed);
    renamed.urn = to;
    this.byUrn.add(renamed);
    for (const resource of this.all()) {
      if (resource !== renamed && !directNeeds(resource).includes(from)) continue;
      resource.parent = follow(resource.parent);
      resource.deletedWith = follow(resource.deletedWith);
      resource.dependencies = resource.dependencies.map(follow);
      resource.propertyDependencies = Object.fromEntries(
        Object.entries(resource.propertyDependencies).map(([name, urns]) => [name, urns.map(follow)]),
      );
      const provider = parseProviderRef(resource.provider);
      if (provider.urn === from) resource.provider = `${to}::${provider.id}`;
      this.touch(resource);
    }
  }

  /** Runs an operation that is noted on the disk while it lasts. */
  async during<T>(operation: PendingOperation, task: () => Promise<T>): Promise<T> {
    const begin = this.nextKey++;
    this.pending.add(operation);
    this.keys.set(operation, begin);
    this.note(() => ({ begin, pending: operation }));
    await this.save();
    try {
      return await task();
    } finally {
      const end = this.keys.get(operation) ?? begin;
      this.pending.delete(operation);
      this.keys.delete(operation);
      this.note(() => ({ end }));
    }
  }

  /** Resolves when the disk holds all that is true now. Writes never overlap. */
  async save(): Promise<void> {
    while (this.writing !== undefined) await this.writing;
    if (!this.dirty || this.file === undefined) return;
    await this.alone(this.write(this.file));
  }

  /** Writes the file whole, if the run has changed anything, and ends the journal. */
  async close(): Promise<void> {
    while (this.writing !== undefined) await this.writing;
    if (!this.changed || this.file === undefined) return;
    await this.alone(this.writeWhole(this.file));
    await this.journal?.remove();
  }

  private async alone(writing: Promise<void>): Promise<void> {
    this.writing = writing;
    try {
      await writing;
    } finally {
      this.writing = undefined;
    }
  }

  private async write(file: string): Promise<void> {
    if (this.base === undefined) {
      await this.writeWhole(file);
      return;
    }
    const entries = this.take();
    this.journal ??= await Journal.begin(file, this.base);
    await this.journal.append(entries.map((entry) => entry()));
  }

  private async writeWhole(file: string): Promise<void> {
    this.take();
    this.number();
    const { project, stack } = this.loaded.state;
    const state: StackState = { project, stack, resources: this.all(), pending: [...this.pending] };
    this.base = await saveState(file, state, this.loaded.vault);
  }

  /** What is written next; all that happens from now on is written after it. */
  private take(): Entry[] {
    const { entries } = this;
    this.entries = [];
    this.dirty = false;
    return entries;
  }

  /** Numbers all by their places in the file. */
  private number(): void {
    const resources = this.all();
    const pending = [...this.pending];
    this.keys = new Map<ResourceState | PendingOperation, number>([
      ...resources.map((resource, index) => [resource, index] as const),
      ...pending.map((operation, index) => [operation, index] as const),
    ]);
    this.nextKey = Math.max(resources.length, pending.length);
  }

  private note(entry: Entry): void {
    if (this.file === undefined) return;
    this.entries.push(entry);
    this.dirty = true;
    this.changed = true;
  }

  private forget(resource: ResourceState): void {
    this.olds.delete(resource);
    this.news.delete(resource);
    this.byUrn.remove(resource);
    this.keys.delete(resource);
  }

  private sealed(resource: ResourceState): ResourceState {
    return sealResource(resource, this.loaded.vault);
  }
}
