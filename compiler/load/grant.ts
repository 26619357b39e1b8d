import type { Grant } from "../model";
import { sortedUnique } from "../text";
import type { Cursor } from "../validate/cursor";
import { dateProblem } from "../validate/date";
import { reference, type KnownNames } from "./names";

/** What a service or a login is bound to. */
export function readGrant(cursor: Cursor, known: KnownNames): Grant {
  const grant: Grant = {};
  if (cursor.has("environments")) {
    const names = cursor
      .field("environments")
      .items()
      .flatMap((item) => reference(item, "environment", known.environments) ?? []);
    grant.environments = sortedUnique(names);
  }
  const until = readDate(cursor.field("until"));
  if (until !== undefined) grant.until = until;
  return grant;
}

/** An ISO date written at a cursor; otherwise says what is wrong with it. */
export function readDate(cursor: Cursor): string | undefined {
  const text = cursor.text();
  if (text === undefined) return undefined;
  const problem = dateProblem(text);
  if (problem === undefined) return text;
  cursor.error(problem);
  return undefined;
}
