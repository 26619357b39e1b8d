import type { Problem } from "../problem";

/** Keys and indices from the top of a document. */
export type Path = readonly (string | number)[];

/** 1-based, as editors count. */
export interface Position {
  line: number;
  column: number;
}

/** A document that a person wrote: what it says, and where it says it. */
export interface Source {
  /** As the person named it, such as `policy/groups.json`. */
  file: string;
  /** Plain data; its shape is still unchecked. */
  value: unknown;
  /** Where the value at a path, or with `key` its name, is written; undefined where there is no text. */
  locate(path: Path, part?: "key" | "value"): Position | undefined;
  /** The path as messages show it, such as `groups.db.services.postgres.from[1]`. */
  describe(path: Path): string;
}

/** Unlike `Checked`, a document with problems may still have a value: what can be read of it is checked too. */
export interface Parsed {
  source?: Source;
  problems: Problem[];
}

/** `groups.db.services.postgres.from[1]`; keys that are no plain words are quoted. */
export function describePath(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z$_][\w$:-]*$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** The path that `describePath` describes so, of keys that are plain words. */
export function parsePath(text: string): Path {
  const steps = text.matchAll(/\[(\d+)\]|([^.[\]]+)/g);
  return [...steps].map(([, index, key = ""]) => (index === undefined ? key : Number(index)));
}

/** A problem at a path of a source. */
export function problemAt(
  source: Source,
  path: Path,
  message: string,
  options: { severity?: Problem["severity"]; part?: "key" | "value" } = {},
): Problem {
  const position = locateNearest(source, path, options.part);
  return {
    severity: options.severity ?? "error",
    file: source.file,
    ...position,
    path: source.describe(path),
    message,
  };
}

/** What is missing is written nowhere: what it is missing from is shown instead. */
function locateNearest(source: Source, path: Path, part?: "key" | "value"): Position | undefined {
  const position = source.locate(path, part);
  return position ?? (path.length === 0 ? undefined : locateNearest(source, path.slice(0, -1), part));
}

/** A value that no text is known of: its problems have paths and no positions. */
export function valueSource(file: string, value: unknown): Source {
  return { file, value, locate: () => undefined, describe: describePath };
}
