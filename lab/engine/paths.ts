/** Property paths such as `tags.Name`, `triggers[0]`, `rules[*].port` and `root["a.b"]`. */
import { isProperties, type Properties, reveal, Secret, type Value } from "./values";

/** A key, an index, or `*` for every key or index. */
export type PathStep = string | number;
export type PropertyPath = PathStep[];

/** Parses a path; undefined when it is none. */
export function parsePath(text: string): PropertyPath | undefined {
  const steps: PropertyPath = [];
  const token = /\.?([^.[\]"]+)|\[(\d+|\*)\]|\.?\["((?:[^"\\]|\\.)*)"\]/y;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (match === null) return undefined;
    const [, name, index, quoted] = match;
    if (index !== undefined) steps.push(index === "*" ? "*" : Number(index));
    else if (quoted !== undefined) steps.push(quoted.replace(/\\(.)/g, "$1"));
    else if (name !== undefined) steps.push(name);
  }
  return steps;
}

export function formatPath(path: PropertyPath): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      if (!/^[A-Za-z_$][\w$-]*$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join("");
}

/** Whether `outer` is a prefix of `inner`, `*` standing for any one step. */
export function contains(outer: PropertyPath, inner: PropertyPath): boolean {
  if (outer.length > inner.length) return false;
  return outer.every((step, index) => step === "*" || step === inner[index]);
}

/** The value at a path; undefined where there is none. Secret markers on the way are passed through. */
export function valueAt(properties: Properties, path: PropertyPath): Value | undefined {
  let value: Value | undefined = properties;
  let secret = false;
  for (const step of path) {
    if (value instanceof Secret) secret = true;
    const inner: Value | undefined = reveal(value);
    if (Array.isArray(inner) && typeof step === "number") value = inner[step];
    else if (isProperties(inner) && Object.hasOwn(inner, String(step))) value = inner[String(step)];
    else return undefined;
  }
  return secret && value !== undefined && !(value instanceof Secret) ? new Secret(value) : value;
}

/**
 * The inputs with every ignored path set back to what it was. A path whose parent exists on one side
 * only is left as it is.
 */
export function resetIgnored(inputs: Properties, old: Properties, ignored: readonly string[]): Properties {
  let result = inputs;
  for (const text of ignored) {
    const path = parsePath(text);
    if (path === undefined) continue;
    const reset = resetAt(result, old, path);
    if (isProperties(reset)) result = reset;
  }
  return result;
}

function resetAt(value: Value, old: Value, path: PropertyPath): Value {
  if (value instanceof Secret) return new Secret(resetAt(value.value, reveal(old), path));
  const from = reveal(old);
  const [step, ...rest] = path;
  if (step === undefined) return old;
  if (Array.isArray(value) && Array.isArray(from)) {
    return value.map((item, index) => {
      const before = from[index];
      return (step === "*" || step === index) && before !== undefined ? resetAt(item, before, rest) : item;
    });
  }
  if (!isProperties(value) || !isProperties(from)) return value;
  const names = step === "*" ? new Set([...Object.keys(value), ...Object.keys(from)]) : [String(step)];
  const result: Properties = { ...value };
  for (const name of names) {
    const before = from[name];
    const now = value[name];
    if (rest.length > 0) {
      if (before !== undefined && now !== undefined) result[name] = resetAt(now, before, rest);
    } else if (before === undefined) delete result[name];
    else result[name] = before;
  }
  return result;
}
