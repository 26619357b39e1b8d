import type { EngineEvent } from "@pulumi/pulumi/automation";
import { nameOf, stepOf } from "../display/step";

/** A turn of one of the commands that push a host its configuration. */
export interface HostCommand {
  /** Name of the resource. */
  name: string;
  host: string;
  /** Such as `prepare`, `apply`, `confirm`. */
  what: string;
  /** Whether it is run on the host, and not only found to be as it should be. */
  isRun: boolean;
}

/** Undefined where the event tells of none, or of one that is only planned. */
export function hostCommandOf(event: EngineEvent): HostCommand | undefined {
  const step = stepOf(event);
  if (step?.type !== "command:remote:Command" || event.resourcePreEvent?.planning === true) return undefined;
  const { name, operation } = step;
  // A host's commands belong to the component of its name.
  const host = nameOf(step.metadata.new?.parent ?? "");
  const isRun = operation === "create" || operation === "update" || operation === "replace";
  return { name, host, what: name.slice(host.length + 1), isRun };
}
