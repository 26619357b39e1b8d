/** Collects what a run does and tells it as events, with every secret masked. */
import type { Changes, EngineEvent, LogLevel, Operation, PropertyChange, ResourceName } from "./events";
import { Masker } from "./masker";
import type { Step } from "./options";
import type { Violation } from "./policies/messages";
import { isProviderType, parseUrn } from "./urn";
import type { ProviderHost } from "./providers/provider";
import { equal, type Properties, show } from "./values";

export class Reporter implements ProviderHost {
  readonly masker = new Masker();
  readonly changes: Changes = { same: 0, create: 0, update: 0, replace: 0, delete: 0 };
  readonly steps: Step[] = [];
  readonly failed: { urn: string; message: string }[] = [];
  readonly skipped: string[] = [];
  readonly errors: string[] = [];
  readonly violations: Violation[] = [];
  private readonly hosts = new Set<string>();

  constructor(private readonly onEvent: (event: EngineEvent) => void) {}

  emit(event: EngineEvent): void {
    this.onEvent(event);
  }

  planned(urn: string, operation: Operation, changes: PropertyChange[]): void {
    if (!isQuiet(urn)) this.emit({ kind: "planned", resource: nameOf(urn), operation, changes });
  }

  /** Runs one step and tells how it went. Rethrows its error. */
  async step<T>(
    urn: string,
    operation: Operation,
    task: () => Promise<T>,
    ofReplacement = false,
  ): Promise<T> {
    const quiet = isQuiet(urn);
    const resource = nameOf(urn);
    const event = { resource, operation, ofReplacement };
    const begin = performance.now();
    const seconds = (): number => (performance.now() - begin) / 1000;
    if (!quiet) this.emit({ kind: "started", ...event });
    try {
      const result = await task();
      if (!quiet) this.done(event, urn, seconds());
      return result;
    } catch (error) {
      const message = this.masker.mask(error instanceof Error ? error.message : String(error));
      this.failed.push({ urn, message });
      this.steps.push({ urn, operation, result: "failed", seconds: seconds() });
      this.emit({ kind: "failed", ...event, seconds: seconds(), message });
      throw error;
    }
  }

  /** Runs what comes before a step. If it throws, the step it led to is told as failed. */
  async attempt<T>(urn: string, operation: Operation, task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      return this.step(urn, operation, () => {
        throw error;
      });
    }
  }

  private done(
    event: { resource: ResourceName; operation: Operation; ofReplacement: boolean },
    urn: string,
    seconds: number,
  ): void {
    this.steps.push({ urn, operation: event.operation, result: "done", seconds });
    this.emit({ kind: "done", ...event, seconds });
    if (!event.ofReplacement) this.count(event.operation);
  }

  count(operation: Operation): void {
    if (operation !== "read" && operation !== "discard") this.changes[operation] += 1;
  }

  skip(urn: string, reason: string): void {
    this.skipped.push(urn);
    this.steps.push({ urn, operation: "same", result: "skipped", seconds: 0 });
    this.emit({ kind: "skipped", resource: nameOf(urn), reason });
  }

  /** A problem of the run as a whole. */
  error(message: string, urn = ""): void {
    const masked = this.masker.mask(message);
    this.errors.push(masked);
    this.log("error", masked, urn, false);
  }

  /** What a policy pack found. */
  violation(found: Violation): void {
    const { level, policy, urn } = found;
    const message = this.masker.mask(found.message);
    this.violations.push({ ...found, message });
    this.emit({ kind: "violation", level, policy, message, resource: nameOf(urn) });
  }

  log(level: LogLevel, message: string, urn = "", passing = false): void {
    const resource = urn === "" ? undefined : nameOf(urn);
    this.emit({ kind: "log", level, message: this.masker.mask(message), resource, passing });
  }

  /** The stack's outputs, and which of them the run has changed. */
  outputs(before: Properties, after: Properties): void {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    const changed = [...names].filter((name) => !equal(before[name], after[name])).sort();
    const shown = Object.fromEntries(Object.entries(after).map(([name, value]) => [name, show(value)]));
    this.emit({ kind: "outputs", outputs: shown, changed });
  }

  contacted(host: string): void {
    this.hosts.add(host);
  }

  contactedHosts(): string[] {
    return [...this.hosts].sort();
  }
}

/** Default providers are the engine's own business, unless they fail. */
function isQuiet(urn: string): boolean {
  const { type, name } = parseUrn(urn);
  return isProviderType(type) && /^default(_|$)/.test(name);
}

function nameOf(urn: string): ResourceName {
  const { type, name } = parseUrn(urn);
  return { urn, type, name };
}
