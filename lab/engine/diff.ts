/** Differences between two sets of properties, leaf by leaf. */
import { formatPath, type PropertyPath } from "./paths";
import { equal, isProperties, type Properties, Secret, Unknown, type Value } from "./values";

export interface Difference {
  path: PropertyPath;
  kind: "add" | "delete" | "update";
  /** Whether the change needs another resource in place of this one. */
  replaces: boolean;
}

/** Every leaf that differs, in the order of names. A change of secrecy alone counts. */
export function differences(before: Properties, after: Properties): Difference[] {
  return compareObjects([], before, after);
}

function compareObjects(path: PropertyPath, before: Properties, after: Properties): Difference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => compare([...path, name], before[name], after[name]));
}

function compare(path: PropertyPath, before: Value | undefined, after: Value | undefined): Difference[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [{ path, kind: "add", replaces: false }];
  if (after === undefined) return [{ path, kind: "delete", replaces: false }];
  if (before instanceof Secret && after instanceof Secret) return compare(path, before.value, after.value);
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      compare([...path, index], before[index], after[index]),
    );
  }
  if (isProperties(before) && isProperties(after)) return compareObjects(path, before, after);
  const same = !(after instanceof Unknown) && equal(before, after);
  return same ? [] : [{ path, kind: "update", replaces: false }];
}

export const pathsOf = (differences: readonly Difference[]): string[] =>
  differences.map((difference) => formatPath(difference.path));
