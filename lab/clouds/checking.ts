import Ajv, { type ErrorObject, type ValidateFunction } from "ajv";
import type { InputSchema, Problem, ResourceType } from "./resource-type";
import type { Store } from "./store";
import { knownOnly, type Properties } from "./values";

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
const compiled = new WeakMap<ResourceType, ValidateFunction>();

export const STRING: InputSchema = { type: "string", minLength: 1 };
export const BOOLEAN: InputSchema = { type: "boolean" };
export const INTEGER: InputSchema = { type: "integer" };
export const STRINGS: InputSchema = { type: "array", items: { type: "string" } };
export const TAGS: InputSchema = { type: "object", additionalProperties: { type: "string" } };

/** An object with these members and no others. */
export function shape(properties: Record<string, InputSchema>, required: string[] = []): InputSchema {
  return { type: "object", properties, required, additionalProperties: false };
}

export function listOf(items: InputSchema): InputSchema {
  return { type: "array", items };
}

/** All that is wrong with the inputs of a resource, as far as they are known. */
export function problemsWith(type: ResourceType, inputs: Properties, store: Store): Problem[] {
  const missing = type.required
    .filter((key) => !(key in inputs))
    .map((property) => ({ property, reason: `missing required property "${property}"` }));
  const known = knownOnly(inputs);
  const validate = validatorOf(type);
  if (!validate(known)) return [...missing, ...(validate.errors ?? []).map(problemOf)];
  return [...missing, ...(type.check?.(known, store) ?? [])];
}

/** One error that lists every problem. */
export function refusal(problems: Problem[]): Error {
  return new Error(problems.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
}

function validatorOf(type: ResourceType): ValidateFunction {
  const validate = compiled.get(type) ?? ajv.compile(shape(type.inputs));
  compiled.set(type, validate);
  return validate;
}

function problemOf(error: ErrorObject): Problem {
  const path = error.instancePath.split("/").slice(1);
  const extra: unknown = error.params["additionalProperty"];
  if (typeof extra === "string") {
    return {
      property: [...path, extra].join("."),
      reason: `no property of the lab's cloud is called "${extra}"`,
    };
  }
  return { property: path.join("."), reason: error.message ?? "not valid" };
}
