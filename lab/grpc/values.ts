/** Values as they cross Pulumi's wire, where secrets and unknowns are marked by constants of the SDK. */

export type Value = null | boolean | number | string | Value[] | Properties;
export interface Properties {
  [key: string]: Value;
}

/** The mark of a value that is more than it seems, such as a secret (pulumi/pulumi, sdk/go/common/resource/properties.go). */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
/** What stands for a string that only an update can tell (the same, plugin/rpc.go). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether a value is an object in the sense of JSON. */
export function isProperties(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What came over the wire, without the marks that say what is secret, and without nulls. Throws if it is no object. */
export function plainProperties(raw: unknown): Properties {
  if (!isProperties(raw)) throw new Error("properties must be an object");
  return without(raw);
}

/** The same, as any value. */
export const unknown: Value = UNKNOWN;

/** The value, marked as secret; once, however often it is asked for. */
export function secret(value: Value): Properties {
  return isSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

export function isSecret(value: Value | undefined): value is Properties {
  return isProperties(value) && value[SIGNATURE] === SECRET;
}

/** The value under its marks of secrecy, if it has any. Marks further down stay. */
export function reveal(value: Value): Value {
  return isSecret(value) ? reveal(value["value"] ?? null) : value;
}

/** Whether a preview does not know the value, or part of it, yet. */
export function isUnknown(value: Value | undefined): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === "string") return value === UNKNOWN;
  return typeof value === "object" && Object.values(value).some(isUnknown);
}

/** Whether an id, which may be a number in some places, stands anywhere in the value. */
export function mentions(value: Value, id: string): boolean {
  if (typeof value === "string" || typeof value === "number") return String(value) === id;
  return typeof value === "object" && value !== null && Object.values(value).some((one) => mentions(one, id));
}

/** The properties of which all is known. */
export function knownOnly(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => !isUnknown(value)));
}

/** A property that is a text, or undefined. */
export function text(properties: Properties, key: string): string | undefined {
  const value = properties[key];
  return typeof value === "string" ? value : undefined;
}

/** A property that is an id, which may come as a number; undefined if it is none. */
export function idText(properties: Properties, key: string): string | undefined {
  const value = properties[key];
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

/** The texts of a property that is a list. */
export function texts(properties: Properties, key: string): string[] {
  return list(properties, key).filter((value): value is string => typeof value === "string");
}

/** The objects of a property that is a list of them. */
export function objects(properties: Properties, key: string): Properties[] {
  return list(properties, key).filter(isProperties);
}

/** A property that is an object; empty if it is none. */
export function object(properties: Properties, key: string): Properties {
  const value = properties[key];
  return isProperties(value) ? value : {};
}

function list(properties: Properties, key: string): Value[] {
  const value = properties[key];
  return Array.isArray(value) ? value : [];
}

function withoutSecrecy(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutSecrecy);
  if (isSecret(value)) return withoutSecrecy(reveal(value));
  return isProperties(value) ? without(value) : value;
}

function without(properties: Properties): Properties {
  const shown = Object.entries(properties).map(([key, value]) => [key, withoutSecrecy(value)] as const);
  return Object.fromEntries(shown.filter(([, value]) => value !== null));
}
