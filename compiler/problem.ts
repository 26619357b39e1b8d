/** One thing that is wrong, or suspicious, in what a person wrote. */
export interface Problem {
  severity: "error" | "warning";
  /** The file as the person named it, such as `policy/groups.json`. */
  file: string;
  /** 1-based; absent where the source has no text to point into. */
  line?: number;
  /** 1-based; absent where the source has no text to point into. */
  column?: number;
  /** Where in the document, such as `groups.db.services.postgres.from[1]`; empty for the whole of it. */
  path: string;
  /** What is wrong and what would be right. */
  message: string;
}

/** A value, or every reason why there is none. Warnings may come with either. */
export type Checked<T> = { ok: true; value: T; problems: Problem[] } | { ok: false; problems: Problem[] };

/** `policy/groups.json:7:31: groups.db.services.postgres.from[1]: unknown group "ap"; did you mean "app"?` */
export function formatProblem(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(":");
  const path = problem.path === "" ? "" : `${problem.path}: `;
  const severity = problem.severity === "warning" ? "warning: " : "";
  return `${place}: ${severity}${path}${problem.message}`;
}
