import type { SummaryEvent } from "@pulumi/pulumi/automation";
import type { Shows } from "./display";
import { DONE, SYMBOLS } from "./words";

/** How many resources met each fate. */
export interface Changes {
  same: number;
  create: number;
  update: number;
  replace: number;
  delete: number;
}

export function changesIn({ resourceChanges }: SummaryEvent): Changes {
  const { same = 0, create = 0, update = 0, replace = 0, delete: deleted = 0 } = resourceChanges;
  return { same, create, update, replace, delete: deleted };
}

/** One line for the whole of a run. */
export function summaryText(event: SummaryEvent, operation: Shows["operation"]): string {
  const changes = changesIn(event);
  const counts = (["create", "update", "replace", "delete"] as const)
    .filter((kind) => changes[kind] > 0)
    .map(
      (kind) => `${SYMBOLS[kind]} ${changes[kind]} ${operation === "preview" ? `to ${kind}` : DONE[kind]}`,
    );
  const parts = [...counts, ...(changes.same > 0 ? [`${changes.same} unchanged`] : [])];
  return `Resources: ${parts.length === 0 ? "none" : parts.join(", ")} (${event.durationSeconds.toFixed(0)} s)`;
}
