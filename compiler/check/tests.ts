import type { FleetModel, PolicyTest } from "../model";
import type { Problem } from "../problem";
import type { Stack } from "../load/stack";
import { flowFailure } from "./flow-test";
import { loginFailure } from "./login-test";
import type { RuleContext } from "../rules/context";
import { problemIn } from "../rules/place";

/**
 * Runs the policy's tests that speak of the stack's environment; a problem for each that fails.
 *
 * A test is about the policy more than about today's hosts. "allow", "login" and "sudo" hold if the groups it names,
 * and "all", give that much to any host in them. "deny", "none" and again "login" hold if no host in them, by any
 * other group that hosts of this stack are in as well, has more.
 */
export function runTests(stack: Stack & { model: FleetModel }, today: string): Problem[] {
  const { environment } = stack.inventory;
  const context: RuleContext = { ...stack, occasion: { environment, today } };
  return stack.policy.tests.flatMap((test) => {
    if (test.environment !== undefined && test.environment !== environment) return [];
    const failure = failureOf(test, context);
    if (failure === undefined) return [];
    return [problemIn(stack.sources, "tests", test.path, `in ${environment}, ${failure}`)];
  });
}

/** What is wrong with what a test expects, in one environment; undefined if it holds. */
export function failureOf(test: PolicyTest, context: RuleContext): string | undefined {
  switch (test.kind) {
    case "flow":
      return flowFailure(test, context);
    case "login":
      return loginFailure(test, context);
    default: {
      const exhaustive: never = test;
      return exhaustive;
    }
  }
}
