/** Resources as they are written down: what they must look like, and their secrets as ciphertexts. */
import type { Vault } from "./secrets";
import { openProperties, type PendingOperation, type ResourceState, sealProperties } from "./state";

export const text = { type: "string" };
const flag = { type: "boolean" };
const texts = { type: "array", items: text };
const seconds = { type: "number", minimum: 0 };

/** JSON Schema of an object that has all of these properties and no other. */
export const record = <Fields extends object>(
  properties: Fields,
  optional: readonly string[] = [],
): object => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});

export const resourceSchema = record({
  urn: text,
  type: text,
  custom: flag,
  id: text,
  inputs: { type: "object" },
  outputs: { type: "object" },
  parent: text,
  dependencies: texts,
  propertyDependencies: { type: "object", additionalProperties: texts },
  provider: text,
  protect: flag,
  retainOnDelete: flag,
  deletedWith: text,
  additionalSecretOutputs: texts,
  replaceOnChanges: texts,
  ignoreChanges: texts,
  timeouts: record({ create: seconds, update: seconds, delete: seconds }),
  external: flag,
  condemned: flag,
  awaitsReplacement: flag,
  initErrors: texts,
} satisfies Record<keyof ResourceState, object>);

export const pendingSchema = record({
  urn: text,
  operation: { enum: ["create", "update", "delete"] },
} satisfies Record<keyof PendingOperation, object>);

export function sealResource(entry: ResourceState, vault: Vault): ResourceState {
  const place = placeOf(entry);
  return {
    ...entry,
    inputs: sealProperties(entry.inputs, vault, `${place}/inputs`),
    outputs: sealProperties(entry.outputs, vault, `${place}/outputs`),
  };
}

/** The inverse of `sealResource`. Throws on a ciphertext that does not belong where it stands. */
export function openResource(entry: ResourceState, vault: Vault): ResourceState {
  const place = placeOf(entry);
  return {
    ...entry,
    inputs: openProperties(entry.inputs, vault, `${place}/inputs`),
    outputs: openProperties(entry.outputs, vault, `${place}/outputs`),
  };
}

/** Condemned resources share a URN with their replacement, so their id tells them apart. */
function placeOf(entry: ResourceState): string {
  return entry.condemned ? `${entry.urn}#${entry.id}` : entry.urn;
}
