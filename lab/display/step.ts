import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation";

/** What is done to one resource, as a person thinks of it: a replacement is one `replace`, and a `delete` of the old. */
export type Operation = "same" | "create" | "update" | "replace" | "delete" | "read";

/** One resource's turn in a run. */
export interface Step {
  urn: string;
  name: string;
  type: string;
  operation: Operation;
  /** Whether it is the delete of what a `replace` has put something else in place of. */
  ofReplacement: boolean;
  metadata: StepEventMetadata;
}

/** The stack itself and its providers: the engine's own business. */
const ENGINES_OWN = /^pulumi:(pulumi:Stack$|providers:)/;

/** The step that an event tells of; undefined where it is none that a person would count. */
export function stepOf({
  resourcePreEvent,
  resOutputsEvent,
  resOpFailedEvent,
}: EngineEvent): Step | undefined {
  const event = resourcePreEvent ?? resOutputsEvent ?? resOpFailedEvent;
  if (event === undefined || ENGINES_OWN.test(event.metadata.type)) return undefined;
  const { metadata } = event;
  const operation = OPERATIONS[metadata.op];
  if (operation === undefined) return undefined;
  const { urn, type } = metadata;
  return {
    urn,
    name: nameOf(urn),
    type,
    operation,
    ofReplacement: metadata.op === "delete-replaced",
    metadata,
  };
}

/** The name at the end of a URN. */
export function nameOf(urn: string): string {
  return urn.split("::").pop() ?? urn;
}

/** Not here: steps of which another tells, such as the `replace` beside its create and its delete. */
const OPERATIONS: Partial<Record<StepEventMetadata["op"], Operation>> = {
  same: "same",
  create: "create",
  update: "update",
  "create-replacement": "replace",
  delete: "delete",
  "delete-replaced": "delete",
  read: "read",
};
