import type { StackValidationPolicy } from "@pulumi/policy";
import { at, read, text } from "./reading";
import { belongsTo, exportedEnvironment, stackOf } from "./stack";

const STACK_REFERENCE = "pulumi:pulumi:StackReference";

/** What is wrong with a reference to a stack; undefined where it stays inside the environment. */
function fault(stack: string, itsEnvironment: string | undefined, own: string): string | undefined {
  if (itsEnvironment !== undefined && itsEnvironment !== own) {
    return `refers to ${stack}, which is of the environment ${itsEnvironment}, and this stack is of ${own}`;
  }
  return belongsTo(stack, own)
    ? undefined
    : `refers to ${stack}, which is no stack of the environment ${own}`;
}

/** Environments can't reach each other by a stack reference either. */
export const referencesInsideEnvironment: StackValidationPolicy = {
  name: "references-inside-environment",
  description: "Stack references stay inside the environment.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, report) => {
    const references = resources.filter(({ type }) => type === STACK_REFERENCE);
    const own = exportedEnvironment(resources);
    for (const { name, props, urn } of references) {
      const fields = read(props);
      const stack = (text(at(fields, "name")) ?? name).split("/").at(-1) ?? name;
      const itsEnvironment = text(at(fields, "outputs", "environment"));
      const wrong =
        own === undefined
          ? `refers to another stack, but ${stackOf(urn)} does not export its own environment`
          : fault(stack, itsEnvironment, own);
      if (wrong !== undefined) report(`${name} ${wrong}; take it out of palisade:regionStacks`, urn);
    }
  },
};
