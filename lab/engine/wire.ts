/**
 * Pulumi's wire format: google.protobuf.Struct, in which secrets, output values and unknowns have
 * well-known signatures (pulumi/pulumi, sdk/nodejs/runtime/rpc.ts).
 */
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { isProperties, mapProperties, type Properties, Secret, unknown, Unknown, type Value } from "./values";

/** The key that tells what a tagged object is. */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
export const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** The unknown string, which stands for an unknown of any type in what this engine sends. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const UNKNOWNS = new Set([
  UNKNOWN,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // bool
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "030794c1-ac77-496b-92df-f27374a8bd58", // asset
  "e48ece36-62e2-4504-bad9-02848725956a", // archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

/** Reads what came over the wire. Output values become plain, secret or unknown values. */
export function fromStruct(struct: Struct | undefined): Properties {
  if (struct === undefined) return {};
  return Object.fromEntries(
    Object.entries(struct.toJavaScript()).map(([name, value]) => [name, fromWire(value)]),
  );
}

function fromWire(raw: JavaScriptValue | undefined): Value {
  if (raw === null || raw === undefined) return null;
  if (typeof raw === "string") return UNKNOWNS.has(raw) ? unknown : raw;
  if (typeof raw === "number" || typeof raw === "boolean") return raw;
  if (Array.isArray(raw)) return raw.map((item: JavaScriptValue) => fromWire(item));
  const fields = new Map<string, JavaScriptValue>(Object.entries(raw));
  const signature = fields.get(SIGNATURE);
  if (signature === SECRET_SIGNATURE) return new Secret(fromWire(fields.get("value")));
  if (signature === OUTPUT_SIGNATURE) {
    const value = fields.has("value") ? fromWire(fields.get("value")) : unknown;
    return fields.get("secret") === true ? new Secret(value) : value;
  }
  return Object.fromEntries([...fields].map(([name, value]) => [name, fromWire(value)]));
}

export interface WireOptions {
  /** False sends the bare value of a secret, for a plugin that can't take markers. */
  secrets: boolean;
}

/** Writes properties for the wire; unknowns become the unknown string. */
export function toStruct(properties: Properties, options: WireOptions = { secrets: true }): Struct {
  return Struct.fromJavaScript(toWireObject(properties, options));
}

function toWireObject(properties: Properties, options: WireOptions): { [name: string]: JavaScriptValue } {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, toWire(value, options)]),
  );
}

function toWire(value: Value, options: WireOptions): JavaScriptValue {
  if (value instanceof Unknown) return UNKNOWN;
  if (value instanceof Secret) {
    if (!options.secrets) return toWire(value.value, options);
    return { [SIGNATURE]: SECRET_SIGNATURE, value: toWire(value.value, options) };
  }
  if (Array.isArray(value)) return value.map((item) => toWire(item, options));
  return isProperties(value) ? toWireObject(value, options) : value;
}

/**
 * Marks outputs secret where the input of the same name was, for plugins that drop the markers.
 */
export function markLikeInputs(outputs: Properties, inputs: Properties): Properties {
  return mapProperties(outputs, (value, name) =>
    inputs[name] instanceof Secret && !(value instanceof Secret) ? new Secret(value) : value,
  );
}
