/**
 * Resources' properties as the rules read them. To touch a value that a preview can't know makes `@pulumi/policy`
 * throw and drops the whole rule; here such a value is {@link UNKNOWN}, and the rule goes on with the others.
 */

export const UNKNOWN = Symbol("unknown");

export type Plain = null | boolean | number | string | typeof UNKNOWN | Plain[] | Fields;

export interface Fields {
  [name: string]: Plain;
}

/** A resource's properties, read whole. */
export function read(props: Record<string, unknown>): Fields {
  return readFields(props);
}

function readFields(object: object): Fields {
  const fields: Fields = {};
  for (const name of Object.keys(object)) fields[name] = attempt(() => plain(Reflect.get(object, name)));
  return fields;
}

function plain(value: unknown): Plain {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return [...value.keys()].map((index) => attempt(() => plain(value[index])));
  return typeof value === "object" ? readFields(value) : null;
}

/** Nothing but an unknown makes the reading of a property throw. */
function attempt(task: () => Plain): Plain {
  try {
    return task();
  } catch {
    return UNKNOWN;
  }
}

function isFields(value: Plain | undefined): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path; undefined where it is not set, UNKNOWN where it or what holds it is unknown. */
export function at(value: Plain | undefined, ...path: string[]): Plain | undefined {
  let inner = value;
  for (const name of path) {
    if (inner === UNKNOWN) return UNKNOWN;
    inner = isFields(inner) ? inner[name] : undefined;
  }
  return inner === null ? undefined : inner;
}

/** The items of a list that are known; none where there is no list, or an unknown one. */
export function items(value: Plain | undefined): Plain[] {
  return Array.isArray(value) ? value.filter((item) => item !== UNKNOWN) : [];
}

/** The texts of a list that are known. */
export function texts(value: Plain | undefined): string[] {
  return items(value).filter((item) => typeof item === "string");
}

/** A text, if there is one and it is known. */
export function text(value: Plain | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A number, if there is one and it is known; numbers in text too, as some providers keep them. */
export function number(value: Plain | undefined): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : undefined;
}

/** Every text inside a value, with the path to it, such as `hosts.web-1.address`. */
export function* textsWithin(value: Plain, path = ""): Generator<{ path: string; text: string }> {
  if (typeof value === "string") yield { path, text: value };
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    const step = Array.isArray(value) ? `[${name}]` : path === "" ? name : `.${name}`;
    yield* textsWithin(inner, path + step);
  }
}
