import type { Problem } from "../problem";
import { problemAt, type Path, type Source } from "../source/source";
import { compareText } from "../text";

/** Gathers the problems of all files, so that they are told at once. */
export class Report {
  readonly problems: Problem[] = [];
  /** Values whose shape is wrong: what else could be said of them would only repeat it. */
  private readonly misshapen = new Set<string>();
  /** Names that are no names, or that the schema does not know. */
  private readonly refusedKeys = new Set<string>();

  add(problems: readonly Problem[]): void {
    this.problems.push(...problems);
  }

  /** A wrong shape, as the schema finds it; `misshapen` keeps others from speaking of the value's meaning. */
  shape(
    source: Source,
    path: Path,
    message: string,
    options: { part?: "key" | "value"; misshapen: boolean },
  ): void {
    if (options.misshapen) this.misshapen.add(identity(source, path));
    if (options.part === "key") this.refusedKeys.add(identity(source, path));
    this.problems.push(problemAt(source, path, message, { part: options.part ?? "value" }));
  }

  /** A wrong meaning; said only of values whose shape is right. */
  error(source: Source, path: Path, message: string, part: "key" | "value" = "value"): void {
    if (!this.isMisshapen(source, path)) this.problems.push(problemAt(source, path, message, { part }));
  }

  warning(source: Source, path: Path, message: string, part: "key" | "value" = "value"): void {
    if (this.isMisshapen(source, path)) return;
    this.problems.push(problemAt(source, path, message, { part, severity: "warning" }));
  }

  isMisshapen(source: Source, path: Path): boolean {
    return this.misshapen.size > 0 && this.misshapen.has(identity(source, path));
  }

  isRefusedKey(source: Source, path: Path): boolean {
    return this.refusedKeys.size > 0 && this.refusedKeys.has(identity(source, path));
  }

  hasErrors(): boolean {
    return this.problems.some((problem) => problem.severity === "error");
  }

  /** By file, line and column, each said once. */
  sorted(): Problem[] {
    const unique = new Map(this.problems.map((problem) => [JSON.stringify(problem), problem]));
    return [...unique.values()].sort(
      (a, b) =>
        compareText(a.file, b.file) ||
        (a.line ?? 0) - (b.line ?? 0) ||
        (a.column ?? 0) - (b.column ?? 0) ||
        compareText(a.path, b.path) ||
        compareText(a.message, b.message),
    );
  }
}

function identity(source: Source, path: Path): string {
  return JSON.stringify([source.file, ...path]);
}
