import { holds, type Occasion } from "../decide/grants";
import type { Stack } from "../load/stack";
import type { FleetModel, Grant } from "../model";
import { ALL } from "../words";

/** A decided stack and the moment it is looked at: what rules are found in. */
export interface RuleContext extends Stack {
  model: FleetModel;
  occasion: Occasion;
}

/** Groups that every host in `group` is in. */
export function leastGroups(group: string): Set<string> {
  return new Set([group, ALL]);
}

/** Why a grant does not hold: `holds only in prod`, `ended on 2026-11-01`; undefined if it does. */
export function whyNot(grant: Grant, { occasion }: Pick<RuleContext, "occasion">): string | undefined {
  if (holds(grant, occasion)) return undefined;
  const elsewhere = grant.environments?.includes(occasion.environment) === false;
  return elsewhere ? `holds only in ${grant.environments?.join(", ")}` : `ended on ${grant.until}`;
}
