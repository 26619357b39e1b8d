import type { Path, Source } from "../source/source";
import type { Report } from "./report";

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * A place in a document whose shape may be wrong: what is not as it should be reads as absent, because the schema
 * has complained of it already, and the rest is still checked.
 */
export class Cursor {
  constructor(
    readonly report: Report,
    readonly source: Source,
    readonly value: unknown,
    readonly path: Path = [],
  ) {}

  private at(step: string | number, value: unknown): Cursor {
    return new Cursor(this.report, this.source, value, [...this.path, step]);
  }

  isObject(): boolean {
    return isRecord(this.value);
  }

  has(name: string): boolean {
    return isRecord(this.value) && Object.hasOwn(this.value, name);
  }

  field(name: string): Cursor {
    return this.at(
      name,
      isRecord(this.value) && Object.hasOwn(this.value, name) ? this.value[name] : undefined,
    );
  }

  /** The fields of an object, with those left out whose names the schema refused. */
  entries(): [string, Cursor][] {
    if (!isRecord(this.value)) return [];
    return Object.entries(this.value)
      .filter(([name]) => !this.report.isRefusedKey(this.source, [...this.path, name]))
      .map(([name, value]) => [name, this.at(name, value)]);
  }

  items(): Cursor[] {
    return Array.isArray(this.value) ? this.value.map((value: unknown, index) => this.at(index, value)) : [];
  }

  /** The text here, if its shape is right. */
  text(): string | undefined {
    if (typeof this.value !== "string" || this.report.isMisshapen(this.source, this.path)) return undefined;
    return this.value;
  }

  integer(): number | undefined {
    if (!Number.isInteger(this.value) || this.report.isMisshapen(this.source, this.path)) return undefined;
    return Number(this.value);
  }

  flag(): boolean | undefined {
    return typeof this.value === "boolean" ? this.value : undefined;
  }

  /** The texts of a list. */
  texts(): string[] {
    return this.items().flatMap((item) => item.text() ?? []);
  }

  error(message: string, part?: "key" | "value"): void {
    this.report.error(this.source, this.path, message, part);
  }

  warning(message: string, part?: "key" | "value"): void {
    this.report.warning(this.source, this.path, message, part);
  }

  describe(): string {
    return this.source.describe(this.path);
  }
}
