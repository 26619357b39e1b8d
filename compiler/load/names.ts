import type { Cursor } from "../validate/cursor";
import { unknownName } from "../validate/nearest";

/** Names that other places may refer to. Absent where their file could not be read: then nothing is unknown. */
export interface KnownNames {
  groups?: ReadonlySet<string>;
  teams?: ReadonlySet<string>;
  people?: ReadonlySet<string>;
  serviceAccounts?: ReadonlySet<string>;
  networks?: ReadonlySet<string>;
  /** Absent as well where the policy does not list its environments. */
  environments?: ReadonlySet<string>;
}

/** The names of an object's entries, whatever is wrong with these; undefined where there is no object. */
export function namesOf(object: Cursor | undefined): ReadonlySet<string> | undefined {
  return object?.isObject() === true ? new Set(object.entries().map(([name]) => name)) : undefined;
}

/** The name written here if it is known; otherwise says so, with the nearest that is. */
export function reference(
  cursor: Cursor,
  kind: string,
  known: ReadonlySet<string> | undefined,
): string | undefined {
  const name = cursor.text();
  if (name === undefined || known === undefined || known.has(name)) return name;
  cursor.error(unknownName(kind, name, known));
  return undefined;
}
