import type { Grant } from "../model";

/** The moment a decision is made for. */
export interface Occasion {
  environment: string;
  /** ISO date, given by the caller: the compiler reads no clock. */
  today: string;
}

/** Whether a grant holds: in this environment, and not yet on the day it ends. */
export function holds(grant: Grant, { environment, today }: Occasion): boolean {
  if (grant.environments !== undefined && !grant.environments.includes(environment)) return false;
  return grant.until === undefined || today < grant.until;
}
