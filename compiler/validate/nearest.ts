import { distance } from "fastest-levenshtein";
import { sortBy } from "lodash";
import { sortedUnique } from "../text";

const MOST_LISTED = 12;

/** `"ap"` in double quotes, long or odd values cut and escaped, for a message. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`;
}

/**
 * What to suggest for a name that does not exist: `; did you mean "app"?`, or the names there are where none is
 * near. Among equally near names the one that begins alike, then the first in the alphabet.
 */
export function suggestion(name: string, known: Iterable<string>): string {
  const names = sortedUnique(known);
  const [nearest] = sortBy(
    names,
    (known) => distance(name, known),
    (known) => (known[0] === name[0] ? 0 : 1),
  );
  if (nearest === undefined) return "; there are none";
  if (distance(name, nearest) <= Math.max(2, Math.floor(name.length / 3))) {
    return `; did you mean ${quoted(nearest)}?`;
  }
  if (names.length === 1) return `; the only one there is, is ${quoted(nearest)}`;
  const listed = names.slice(0, MOST_LISTED).map(quoted).join(", ");
  return `; there are ${listed}${names.length > MOST_LISTED ? ", …" : ""}, of which ${quoted(nearest)} is nearest`;
}

/** `unknown group "ap"; did you mean "app"?` */
export function unknownName(kind: string, name: string, known: Iterable<string>): string {
  return `unknown ${kind} ${quoted(name)}${suggestion(name, known)}`;
}
