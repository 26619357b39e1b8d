/** Reads what was registered, whose shape the mocks don't know. */
import assert from "node:assert/strict";

export type Properties = Record<string, unknown>;

export function isProperties(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An input that is text. */
export function text(inputs: Properties, key: string): string {
  const value = inputs[key];
  assert.ok(typeof value === "string", `${key} is text, and is ${JSON.stringify(value)}`);
  return value;
}

export function list(inputs: Properties, key: string): unknown[] {
  const value = inputs[key];
  assert.ok(Array.isArray(value), `${key} is a list, and is ${JSON.stringify(value)}`);
  return value;
}

/** The texts of a list; what a preview does not know is left out. */
export function texts(inputs: Properties, key: string): string[] {
  return list(inputs, key).filter((value) => typeof value === "string");
}

/** The objects of a list. */
export function objects(inputs: Properties, key: string): Properties[] {
  return list(inputs, key).filter(isProperties);
}
