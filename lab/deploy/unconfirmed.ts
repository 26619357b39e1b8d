import type { EngineEvent } from "@pulumi/pulumi/automation";
import { hostCommandOf } from "./host-command";
import { ownJson } from "./own-data";
import type { StackFiles } from "./stack-files";

/** Resources that were pushed, by host, where the host has not confirmed it. */
const RECORD = "unconfirmed.json";

/** Commands of a host that load nothing which it would undo, or that a later run meets in any case. */
const NOT_UNDONE = ["prepare", "access", "confirm"];

/**
 * What hosts may have undone, because no later command came through in time to confirm it. The engine holds that for
 * applied, so it has to be pushed again by name; a host that has it already changes nothing. Written down as it happens,
 * so that a run that is killed leaves the record as well.
 */
export class Unconfirmed {
  private readonly pushed: Map<string, string[]>;

  constructor(private readonly files: StackFiles) {
    this.pushed = new Map(Object.entries(ownJson<Record<string, string[]>>(files.read(RECORD) ?? "{}")));
  }

  /** Names of the resources that are to be pushed again. */
  get resources(): string[] {
    return [...this.pushed.values()].flat().sort();
  }

  take(event: EngineEvent): void {
    const command = hostCommandOf(event);
    if (command === undefined) return;
    const { name, host, what, isRun } = command;
    if (event.resourcePreEvent !== undefined && isRun && !NOT_UNDONE.includes(what)) {
      this.keep(host, [...new Set([...(this.pushed.get(host) ?? []), name])]);
    }
    if (event.resOutputsEvent !== undefined && what === "confirm") this.keep(host, []);
  }

  private keep(host: string, names: string[]): void {
    const changed = names.length > 0 ? this.pushed.set(host, names) : this.pushed.delete(host);
    if (changed !== false) this.files.write(RECORD, `${JSON.stringify(Object.fromEntries(this.pushed))}\n`);
  }
}
