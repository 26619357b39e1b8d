/** Checks of what a program asks for, before anything is done about it. */
import Ajv, { type ErrorObject, type ValidateFunction } from "ajv";
import { knownOnly, type Properties } from "./values";

/** What is wrong with an input. */
export interface Problem {
  property: string;
  reason: string;
}

/** What JSON Schema says about one input, without `required`. */
export type InputSchema = Record<string, unknown>;

/** The inputs that a resource has. Whatever is not in `inputs` is refused. */
export interface InputShape {
  inputs: Record<string, InputSchema>;
  required: string[];
}

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
const compiled = new WeakMap<InputShape, ValidateFunction>();

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

/** What a resource must have and has not. */
export function missing(type: InputShape, inputs: Properties): Problem[] {
  return type.required
    .filter((key) => !(key in inputs))
    .map((property) => ({ property, reason: `missing required property "${property}"` }));
}

/** What can't be as it is, as far as it is known. Names properties, never a value: it may be a key. */
export function misshapen(type: InputShape, inputs: Properties): Problem[] {
  const validate = compiled.get(type) ?? ajv.compile(shape(type.inputs));
  compiled.set(type, validate);
  return validate(knownOnly(inputs)) ? [] : (validate.errors ?? []).map(problemOf);
}

function problemOf(error: ErrorObject): Problem {
  const path = error.instancePath.split("/").slice(1);
  const extra: unknown = error.params["additionalProperty"];
  if (typeof extra === "string") {
    return { property: [...path, extra].join("."), reason: `there is no property "${extra}" here` };
  }
  return { property: path.join("."), reason: error.message ?? "not valid" };
}
