/** Turns a run's events into lines a person likes to read, as `pulumi` does. */
import pc from "picocolors";
import { changeLines, type Mark } from "./change-text";
import type { EngineEvent, Operation, PropertyChange, ResourceName, Summary } from "./events";
import { type Screen, StatusLine } from "./status-line";
import type { Shown } from "./values";

type Colours = ReturnType<typeof pc.createColors>;

const SYMBOLS: Record<Operation, string> = {
  same: " ",
  create: "+",
  update: "~",
  replace: "±",
  delete: "-",
  read: ">",
  discard: "<",
};

const DONE: Record<Operation, string> = {
  same: "unchanged",
  create: "created",
  update: "updated",
  replace: "replaced",
  delete: "deleted",
  read: "read",
  discard: "discarded",
};

/**
 * A listener for one run. In colour, and with a line that tells what is under way, only on a terminal;
 * NO_COLOR is respected. A preview shows what changes as diffs, an update tells what it did.
 */
export function display(stream: Screen): (event: EngineEvent) => void {
  const shown = new Display(stream);
  return (event) => shown.take(event);
}

class Display {
  private readonly colours: Colours;
  private readonly status: StatusLine;
  private operation: Summary["operation"] = "up";

  constructor(stream: Screen) {
    const terminal = stream.isTTY === true && process.env["TERM"] !== "dumb";
    this.colours = pc.createColors(terminal && (process.env["NO_COLOR"] ?? "") === "");
    this.status = new StatusLine(stream, terminal);
  }

  take(event: EngineEvent): void {
    switch (event.kind) {
      case "begin":
        this.operation = event.operation;
        return;
      case "planned":
        if (this.operation === "preview") this.planned(event.resource, event.operation, event.changes);
        return;
      case "started":
        if (this.operation !== "preview" && event.operation !== "same") this.status.begin(event.resource);
        return;
      case "done":
        this.status.end(event.resource);
        if (this.operation !== "preview" && event.operation !== "same") this.done(event);
        return;
      case "failed":
        this.status.end(event.resource);
        this.failed(event.resource, event.operation, event.message);
        return;
      case "skipped":
        this.line(this.colours.yellow(`! ${nameText(event.resource)} skipped: ${event.reason}`));
        return;
      case "violation":
        this.violation(event);
        return;
      case "log":
        this.log(event);
        return;
      case "outputs":
        this.outputs(event.outputs, event.changed);
        return;
      case "summary":
        this.status.clear();
        this.line(summaryText(event));
        return;
      default: {
        const exhaustive: never = event;
        return exhaustive;
      }
    }
  }

  private line(text: string): void {
    this.status.print(text);
  }

  private planned(resource: ResourceName, operation: Operation, changes: PropertyChange[]): void {
    this.line(this.paint(operation)(`${SYMBOLS[operation]} ${nameText(resource)} ${operation}`));
    if (operation === "delete" || operation === "discard") return;
    const wanted = operation === "create" ? changes.filter(isReadable) : changes;
    for (const line of wanted.flatMap(changeLines)) this.line(`    ${this.mark(line.mark)(line.text)}`);
  }

  private done({ resource, operation, seconds, ofReplacement }: EngineEvent & { kind: "done" }): void {
    const what = ofReplacement ? "old one deleted" : DONE[operation];
    const text = `${SYMBOLS[operation]} ${nameText(resource)} ${what}`;
    this.line(`${this.paint(operation)(text)} ${this.colours.dim(`(${seconds.toFixed(1)} s)`)}`);
  }

  private failed(resource: ResourceName, operation: Operation, message: string): void {
    this.line(this.colours.red(`x ${nameText(resource)} ${operation} failed:`));
    message.split("\n").forEach((text) => this.line(`    ${text}`));
  }

  private violation({ level, policy, message, resource }: EngineEvent & { kind: "violation" }): void {
    const paint = level === "mandatory" ? this.colours.red : this.colours.yellow;
    this.line(paint(`${level} guardrail ${policy}, at ${nameText(resource)}:`));
    this.line(`    ${message}`);
  }

  private log({ level, message, resource, passing }: EngineEvent & { kind: "log" }): void {
    if (passing) {
      if (resource !== undefined) this.status.note(resource, message);
      return;
    }
    const from = resource === undefined ? "" : `${resource.name}: `;
    const text = from + message.trimEnd();
    if (level === "error") this.line(this.colours.red(`error: ${text}`));
    else if (level === "warning") this.line(this.colours.yellow(`warning: ${text}`));
    else this.line(text);
  }

  private outputs(outputs: Record<string, Shown>, changed: string[]): void {
    const names = changed.filter((name) => Object.hasOwn(outputs, name));
    if (names.length === 0) return;
    this.line("Outputs that changed:");
    for (const name of names) {
      const value = outputs[name];
      this.line(`    ${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
    }
  }

  private paint(operation: Operation): (text: string) => string {
    const { green, yellow, magenta, red, cyan } = this.colours;
    const paints = {
      same: String,
      create: green,
      update: yellow,
      replace: magenta,
      delete: red,
      read: cyan,
      discard: cyan,
    };
    return paints[operation];
  }

  private mark(mark: Mark): (text: string) => string {
    const { green, red, cyan } = this.colours;
    return { added: green, removed: red, heading: cyan, plain: String }[mark];
  }
}

/** Of something new, texts of several lines are worth reading; the rest is in the program. */
function isReadable({ new: value }: PropertyChange): boolean {
  return typeof value === "string" && value.includes("\n");
}

function nameText({ type, name }: ResourceName): string {
  return `${name} (${type.split(":").at(-1) ?? type})`;
}

function summaryText({ operation, changes, failed, skipped, seconds }: Summary): string {
  const preview = operation === "preview";
  const counts = (["create", "update", "replace", "delete"] as const)
    .filter((kind) => changes[kind] > 0)
    .map((kind) => `${SYMBOLS[kind]} ${changes[kind]} ${preview ? `to ${kind}` : DONE[kind]}`);
  const troubles = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  const parts = [...counts, ...troubles, ...(changes.same > 0 ? [`${changes.same} unchanged`] : [])];
  const resources = parts.length === 0 ? "none" : parts.join(", ");
  return `Resources: ${resources} (${seconds.toFixed(1)} s)`;
}
