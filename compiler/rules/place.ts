import type { PolicySources } from "../load/policy";
import type { PolicyPath } from "../model";
import type { Problem } from "../problem";
import { parsePath, problemAt } from "../source/source";
import type { DocumentKind } from "../validate/structure";

/** A problem at a path of one of the policy's files. */
export function problemIn(
  sources: PolicySources,
  kind: DocumentKind,
  path: PolicyPath,
  message: string,
  options: { severity?: Problem["severity"]; part?: "key" | "value" } = {},
): Problem {
  const source = sources.get(kind);
  if (source === undefined) throw new Error(`the policy was loaded without its ${kind}`);
  return problemAt(source, parsePath(path), message, options);
}

/** Where something is written; without line and column where no text of it is known. */
export type Place = Pick<Problem, "path" | "file" | "line" | "column">;

/** Where a rule of groups.json is written. */
export function placeOf(sources: PolicySources, path: PolicyPath): Place {
  const { file, line, column } = problemIn(sources, "groups", path, "", { part: "key" });
  return { path, file, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
}

/** A place as messages name it: `groups.db.services.postgres.from[1] (policy/groups.json:11:67)`. */
export function formatPlace({ path, file, line, column }: Place): string {
  return `${path} (${[file, line, column].filter((part) => part !== undefined).join(":")})`;
}

/** A rule of groups.json as messages name it. */
export function rulePlace(sources: PolicySources, path: PolicyPath): string {
  return formatPlace(placeOf(sources, path));
}
