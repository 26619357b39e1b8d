import { isEqual, isPlainObject, union } from "lodash";
import type { StepEventMetadata } from "@pulumi/pulumi/automation";
import { SIGNATURE, UNKNOWN } from "../grpc/values";

/** A value as the engine tells of it: a secret is `[secret]`. */
export type Shown = null | boolean | number | string | Shown[] | { [name: string]: Shown };

/** A property that is not as it was. */
export interface PropertyChange {
  /** Such as `tags.Name` or `triggers[0]`. */
  path: string;
  old?: Shown;
  new?: Shown;
}

/** Every input that differs, in the order of names; one of which only the engine knows how is told without values. */
export function changesOf({ old, new: now, diffs }: StepEventMetadata): PropertyChange[] {
  const [before, after] = [shown(old?.inputs ?? {}), shown(now?.inputs ?? {})];
  const found = compare("", before, after);
  const unseen = (diffs ?? []).filter((name) => !found.some(({ path }) => isBelow(path, name)));
  return [...found, ...unseen.map((path) => ({ path, old: "[secret]", new: "[secret]" }))];
}

/** Names whose values differ, in the order of names. */
export function changedNames(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  return union(Object.keys(before), Object.keys(after))
    .filter((name) => !isEqual(shown(before[name]), shown(after[name])))
    .sort();
}

function isBelow(path: string, name: string): boolean {
  return path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`);
}

function compare(path: string, before: Shown | undefined, after: Shown | undefined): PropertyChange[] {
  if (isEqual(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) {
    const longer = before.length > after.length ? before : after;
    return longer.flatMap((_, index) => compare(`${path}[${index}]`, before[index], after[index]));
  }
  if (isObject(before) && isObject(after)) {
    const names = union(Object.keys(before), Object.keys(after)).sort();
    return names.flatMap((name) =>
      compare(path === "" ? name : `${path}.${name}`, before[name], after[name]),
    );
  }
  return [{ path, old: before, new: after }];
}

function isObject(value: unknown): value is { [name: string]: Shown } {
  return isPlainObject(value);
}

/** The value with secrets and unknowns in words. */
export function shown(value: unknown): Shown {
  if (value === UNKNOWN) return "[unknown]";
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map(shown);
  if (!isObject(value)) return null;
  if (SIGNATURE in value) return "[secret]";
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shown(inner)]));
}
