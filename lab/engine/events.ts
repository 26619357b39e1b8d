/** What happens during a run, for a person or a program to follow. Nothing in an event is secret. */
import type { Violation } from "./policies/messages";
import type { Shown } from "./values";

/**
 * What is done to one resource. A replacement is one `replace`: a create, and a delete of the old. What
 * was only read is not deleted but discarded.
 */
export type Operation = "same" | "create" | "update" | "replace" | "delete" | "read" | "discard";

export interface ResourceName {
  urn: string;
  type: string;
  name: string;
}

export interface PropertyChange {
  /** Such as `tags.Name` or `triggers[0]`. */
  path: string;
  kind: "add" | "delete" | "update";
  /** Whether this is what makes a replacement necessary. */
  replaces: boolean;
  old?: Shown;
  new?: Shown;
}

export type LogLevel = "info" | "warning" | "error";

/** `ofReplacement` marks the delete of what a `replace` has put something else in place of. */
interface StepEvent {
  resource: ResourceName;
  operation: Operation;
  ofReplacement: boolean;
}

export type EngineEvent =
  | { kind: "begin"; operation: Summary["operation"]; stack: string }
  /** Decided; in a preview nothing else is told of it. */
  | { kind: "planned"; resource: ResourceName; operation: Operation; changes: PropertyChange[] }
  | ({ kind: "started" } & StepEvent)
  | ({ kind: "done"; seconds: number } & StepEvent)
  | ({ kind: "failed"; seconds: number; message: string } & StepEvent)
  | { kind: "skipped"; resource: ResourceName; reason: string }
  /** What a policy pack found. */
  | { kind: "violation"; level: Violation["level"]; policy: string; message: string; resource: ResourceName }
  /** `passing` messages are progress, of interest only while they are new. */
  | { kind: "log"; level: LogLevel; message: string; resource?: ResourceName; passing: boolean }
  /** The stack's outputs; in a preview some may be `[unknown]`. */
  | { kind: "outputs"; outputs: Record<string, Shown>; changed: string[] }
  | ({ kind: "summary" } & Summary);

export interface Summary {
  operation: "preview" | "up" | "destroy";
  ok: boolean;
  changes: Changes;
  failed: number;
  skipped: number;
  seconds: number;
}

/** How many resources met each fate; default providers are not counted. */
export interface Changes {
  same: number;
  create: number;
  update: number;
  replace: number;
  delete: number;
}
