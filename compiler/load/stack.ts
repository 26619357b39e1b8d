import type { Inventory, Policy } from "../model";
import type { Checked } from "../problem";
import type { Parsed } from "../source/source";
import { Report } from "../validate/report";
import { draftInventory } from "./inventory";
import { draftPolicy, type PolicySources, type PolicyTexts } from "./policy";

/** A stack's policy and inventory, both known to be right. */
export interface Stack {
  policy: Policy;
  inventory: Inventory;
  sources: PolicySources;
}

export interface ProjectInput {
  /** The stack's name, as in `Pulumi.NAME.yaml`. */
  stack: string;
  /** The other stacks by name, as their files have them: regions of its environment, and other environments. */
  siblings: ReadonlyMap<string, Parsed>;
}

/** All that a stack is made of; the inventory is from `inventoryFromText` or `inventoryFromValues`. */
export interface StackInput {
  policy: PolicyTexts;
  inventory: Parsed;
  /** The project that it is a stack of; absent where it is looked at alone. */
  project?: ProjectInput;
}

/**
 * Reads all that a stack is made of, and tells the problems of policy and inventory together. Nothing is decided yet,
 * so the policy's tests are read and not run: see `checkStack`.
 */
export function loadStack(input: StackInput): Checked<Stack> {
  const report = new Report();
  const draft = draftPolicy(input.policy, report);
  report.add(input.inventory.problems);
  const { source } = input.inventory;
  const inventory = source === undefined ? undefined : draftInventory(source, draft, report);
  const problems = report.sorted();
  if (inventory === undefined || report.hasErrors()) return { ok: false, problems };
  return { ok: true, value: { policy: draft.policy, inventory, sources: draft.sources }, problems };
}
