import type { StackValidationPolicy } from "@pulumi/policy";
import { type Fields, read, text, UNKNOWN } from "./reading";
import { belongsTo, exportedEnvironment, STACK_TYPE } from "./stack";

/** The provider of stack references. It is there if, and only if, the program makes one. */
const REFERENCE_PROVIDER = "pulumi:providers:pulumi";
/** The stack's output that names each stack it refers to, with the environment which that one exports. */
const DECLARATION = "regionStacks";

/** What is wrong with a reference to a stack; undefined where it stays inside the environment. */
function fault(stack: string, itsEnvironment: string, own: string): string | undefined {
  if (itsEnvironment !== "" && itsEnvironment !== own) {
    return `refers to ${stack}, which is of the environment ${itsEnvironment}, and this stack is of ${own}`;
  }
  return belongsTo(stack, own)
    ? undefined
    : `refers to ${stack}, which is no stack of the environment ${own}`;
}

/** What is wrong with the references of a stack with these outputs. */
function faults(outputs: Fields, own: string | undefined, refers: boolean): string[] {
  const declared = outputs[DECLARATION];
  if (declared === UNKNOWN || outputs["environment"] === UNKNOWN) return [];
  if (typeof declared !== "object" || declared === null || Array.isArray(declared)) {
    return refers ? [`refers to other stacks and does not say which; export them as ${DECLARATION}`] : [];
  }
  if (own === undefined)
    return ["refers to other stacks, but does not export its own environment; export it"];
  return Object.entries(declared).flatMap(([stack, environment]) => {
    const wrong = fault(stack, text(environment) ?? "", own);
    return wrong === undefined ? [] : [`${wrong}; take it out of palisade:regionStacks`];
  });
}

/**
 * Environments can't reach each other by a stack reference either. Pulumi shows a pack nothing of what a program only
 * reads, stack references among it, so the program says to which stacks it refers.
 */
export const referencesInsideEnvironment: StackValidationPolicy = {
  name: "references-inside-environment",
  description: "Stack references stay inside the environment.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, report) => {
    const root = resources.find(({ type }) => type === STACK_TYPE);
    if (root === undefined) return;
    const refers = resources.some(({ type }) => type === REFERENCE_PROVIDER);
    for (const wrong of faults(read(root.props), exportedEnvironment(resources), refers)) {
      report(`${root.name} ${wrong}`, root.urn);
    }
  },
};
