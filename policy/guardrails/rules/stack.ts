/** What resources say of the stack and the environment they are in. */
import type { PolicyResource } from "@pulumi/policy";
import { at, read, text } from "./reading";

export const STACK_TYPE = "pulumi:pulumi:Stack";

/** The name of the stack that a URN is in: `urn:pulumi:STACK::PROJECT::TYPE::NAME`. */
export function stackOf(urn: string): string {
  return (urn.split("::")[0] ?? "").split(":")[2] ?? "";
}

/** A stack belongs to the environment of its name, or is one of its regions: `prod`, `prod-us-east`. */
export function belongsTo(stack: string, environment: string): boolean {
  return stack === environment || stack.startsWith(`${environment}-`);
}

/** The environment that the stack's program exports; undefined where it does not, or not yet. */
export function exportedEnvironment(resources: readonly PolicyResource[]): string | undefined {
  const root = resources.find(({ type }) => type === STACK_TYPE);
  return root === undefined ? undefined : text(at(read(root.props), "environment"));
}
