import { decide } from "../decide/decide";
import { loadSiblings, regionHosts, regionsAmong, type Sibling } from "../load/siblings";
import { loadStack, type Stack, type StackInput } from "../load/stack";
import type { FleetModel } from "../model";
import type { Checked } from "../problem";
import { Report } from "../validate/report";
import { checkAws } from "./aws";
import { shadowWarnings } from "./shadows";
import { passwordWarnings } from "./passwords";
import { checkLinode } from "./linode";
import { checkPartitions } from "./partitions";
import { policyWarnings } from "./warnings";
import { runTests } from "./tests";

/** A stack that is right, and all that is decided for it. */
export interface DecidedStack extends Stack {
  model: FleetModel;
  /** The project's other stacks. */
  siblings: readonly Sibling[];
}

/**
 * Loads a stack, decides it and runs the policy's tests: what is refused here is neither rendered nor deployed.
 * @param today ISO date; grants that end on it no longer hold
 */
export function checkStack(input: StackInput, today: string): Checked<DecidedStack> {
  const loaded = decideUntested(input, today);
  if (!loaded.ok) return loaded;
  const stack = loaded.value;
  const report = new Report();
  report.add(loaded.problems);
  checkPartitions(stack, input, report);
  checkLinode(stack, input.inventory.source, report);
  checkAws(stack, input.inventory.source, report);
  report.add(policyWarnings(stack, today));
  report.add(shadowWarnings(stack, today));
  report.add(passwordWarnings(stack, today, input.inventory.source?.file ?? "the stack's config"));
  report.add(runTests(stack, today));
  const problems = report.sorted();
  return report.hasErrors() ? { ok: false, problems } : { ok: true, value: stack, problems };
}

/** As `checkStack`, without running the policy's tests: for showing what a change does, even one that they refuse. */
export function decideUntested(input: StackInput, today: string): Checked<DecidedStack> {
  const loaded = loadStack(input);
  if (!loaded.ok) return loaded;
  const { policy, inventory } = loaded.value;
  const siblings = input.project === undefined ? [] : loadSiblings(input.project, loaded.value);
  const regions = regionHosts(regionsAmong(siblings, inventory));
  const model = decide(policy, { ...inventory, regionHosts: regions }, today);
  return { ...loaded, value: { ...loaded.value, model, siblings } };
}
