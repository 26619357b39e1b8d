/** The values of Pulumi's property system: JSON, plus secrets and values not yet known. */

/** Marks a value that must not be shown. The wrapped value may hold unknowns and further secrets. */
export class Secret {
  readonly #kind = "secret";
  constructor(readonly value: Value) {}
  get kind(): string {
    return this.#kind;
  }
}

/** A value that only an update can tell. */
export class Unknown {
  readonly #kind = "unknown";
  get kind(): string {
    return this.#kind;
  }
}

export const unknown = new Unknown();

export type Value = null | boolean | number | string | Value[] | Properties | Secret | Unknown;

export interface Properties {
  [name: string]: Value;
}

/** A value as a person may see it: secrets are `[secret]`, unknowns `[unknown]`. */
export type Shown = null | boolean | number | string | Shown[] | { [name: string]: Shown };

export function isProperties(value: Value | undefined): value is Properties {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret) &&
    !(value instanceof Unknown)
  );
}

/** Takes off secret markers at the top of a value. */
export function reveal(value: Value): Exclude<Value, Secret>;
export function reveal(value: Value | undefined): Exclude<Value, Secret> | undefined;
export function reveal(value: Value | undefined): Exclude<Value, Secret> | undefined {
  let inner = value;
  while (inner instanceof Secret) inner = inner.value;
  return inner;
}

/** Rebuilds a value from its leaves up; `visit` sees every node after its children. */
function rebuild(value: Value, visit: (value: Value) => Value): Value {
  if (value instanceof Secret) return visit(new Secret(rebuild(value.value, visit)));
  if (Array.isArray(value)) return visit(value.map((item) => rebuild(item, visit)));
  if (isProperties(value)) return visit(mapProperties(value, (item) => rebuild(item, visit)));
  return visit(value);
}

export function mapProperties(
  properties: Properties,
  map: (value: Value, name: string) => Value,
): Properties {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, map(value, name)]));
}

/** The value without any secret marker. */
export function withoutSecrets(value: Value): Value {
  return rebuild(value, (node) => (node instanceof Secret ? node.value : node));
}

/** Whether a node that `test` accepts is anywhere inside. */
function some(value: Value, test: (value: Value) => boolean): boolean {
  if (test(value)) return true;
  if (value instanceof Secret) return some(value.value, test);
  if (Array.isArray(value)) return value.some((item) => some(item, test));
  return isProperties(value) && Object.values(value).some((item) => some(item, test));
}

export function hasUnknown(value: Value): boolean {
  return some(value, (node) => node instanceof Unknown);
}

export function hasSecret(value: Value): boolean {
  return some(value, (node) => node instanceof Secret);
}

/** Leaves out unknown properties and items, as an update's wire format does. */
export function withoutUnknowns(properties: Properties): Properties {
  const kept = Object.entries(properties).filter(([, value]) => !(reveal(value) instanceof Unknown));
  return Object.fromEntries(
    kept.map(([name, value]) => [
      name,
      rebuild(value, (node) => {
        if (Array.isArray(node)) return node.filter((item) => !(reveal(item) instanceof Unknown));
        if (isProperties(node)) {
          return Object.fromEntries(
            Object.entries(node).filter(([, item]) => !(reveal(item) instanceof Unknown)),
          );
        }
        return node;
      }),
    ]),
  );
}

/** The new properties with each unknown in them replaced by what stood there before, or left out. */
export function fillUnknowns(properties: Properties, before: Properties): Properties {
  return withoutUnknowns(mapProperties(properties, (value, name) => fill(value, before[name])));
}

function fill(value: Value, before: Value | undefined): Value {
  if (value instanceof Unknown) return before ?? value;
  if (value instanceof Secret) return new Secret(fill(value.value, reveal(before)));
  const old = reveal(before);
  if (Array.isArray(value))
    return value.map((item, index) => fill(item, Array.isArray(old) ? old[index] : undefined));
  if (!isProperties(value)) return value;
  return mapProperties(value, (item, name) => fill(item, isProperties(old) ? old[name] : undefined));
}

/** Structural equality; a secret equals only a secret. Unknown equals nothing, itself included. */
export function equal(left: Value | undefined, right: Value | undefined): boolean {
  if (left instanceof Unknown || right instanceof Unknown) return false;
  if (left === right) return true;
  if (left === undefined || right === undefined) return false;
  if (left instanceof Secret || right instanceof Secret) {
    return left instanceof Secret && right instanceof Secret && equal(left.value, right.value);
  }
  if (Array.isArray(left) || Array.isArray(right)) {
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => equal(item, right[index]))
    );
  }
  if (!isProperties(left) || !isProperties(right)) return false;
  const names = Object.keys(left);
  const other = right;
  const mine = left;
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && equal(mine[name], other[name]))
  );
}

/** The value with secrets and unknowns replaced by words, safe to print. */
export function show(value: Value): Shown {
  if (value instanceof Secret) return "[secret]";
  if (value instanceof Unknown) return "[unknown]";
  if (Array.isArray(value)) return value.map(show);
  if (isProperties(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, show(item)]));
  }
  return value;
}
