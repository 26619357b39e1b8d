import type { DiagnosticEvent, EngineEvent, PolicyEvent, StepEventMetadata } from "@pulumi/pulumi/automation";
import { stripVTControlCharacters } from "node:util";
import pc from "picocolors";
import { changedNames, changesOf, shown, type PropertyChange } from "./changes";
import { changeLines, type Mark } from "./change-text";
import { type Screen, StatusLine } from "./status-line";
import { nameOf, stepOf, type Operation, type Step } from "./step";
import { summaryText } from "./summary";
import { DONE, SYMBOLS } from "./words";

type Colours = ReturnType<typeof pc.createColors>;

/** Longer outputs are read elsewhere. */
const LONGEST_OUTPUT = 200;

/** What is shown of a run, and how. */
export interface Shows {
  operation: "preview" | "up" | "destroy";
  /** Where long outputs are read: a command, or a file. */
  outputsAt: string;
}

/**
 * Turns a run's events into lines a person likes to read. In colour, and with a line that tells what is under way, only
 * on a terminal; NO_COLOR is respected. A preview shows what changes as diffs, an update tells what it did.
 */
export class Display {
  private readonly colours: Colours;
  private readonly status: StatusLine;
  /** What is told. Not `debug`: the SDK's, most of all there is, has secrets in it. */
  private readonly severities: Partial<Record<string, (text: string) => string>>;
  private readonly begun = new Map<string, number>();

  constructor(
    stream: Screen,
    private readonly shows: Shows,
    private readonly now: () => number = Date.now,
  ) {
    const terminal = stream.isTTY === true && process.env["TERM"] !== "dumb";
    this.colours = pc.createColors(terminal && (process.env["NO_COLOR"] ?? "") === "");
    const { red, yellow } = this.colours;
    this.severities = { info: String, "info#err": String, warning: yellow, error: red };
    this.status = new StatusLine(stream, terminal);
  }

  take(event: EngineEvent): void {
    const step = stepOf(event);
    if (event.resourcePreEvent !== undefined && step !== undefined) this.begins(step);
    if (event.resOutputsEvent !== undefined) {
      if (step !== undefined) this.done(step);
      this.outputs(event.resOutputsEvent.metadata);
    }
    if (event.resOpFailedEvent !== undefined && step !== undefined) this.fails(step);
    if (event.policyEvent !== undefined) this.violation(event.policyEvent);
    if (event.diagnosticEvent !== undefined) this.diagnostic(event.diagnosticEvent);
    if (event.summaryEvent !== undefined) this.line(summaryText(event.summaryEvent, this.shows.operation));
  }

  /** Something that the engine did not tell as an event. */
  print(text: string): void {
    text
      .trimEnd()
      .split("\n")
      .forEach((line) => this.line(line));
  }

  /** Nothing follows. */
  end(): void {
    this.status.clear();
  }

  private line(text: string): void {
    this.status.print(text);
  }

  private begins(step: Step): void {
    this.begun.set(step.urn, this.now());
    if (step.operation === "same") return;
    if (this.shows.operation === "preview") this.planned(step);
    else this.status.begin(step);
  }

  private planned(step: Step): void {
    const { operation, ofReplacement, metadata } = step;
    if (ofReplacement) return;
    this.line(this.paint(operation)(`${SYMBOLS[operation]} ${nameText(step)} ${operation}`));
    if (operation === "delete") return;
    const changes = changesOf(metadata);
    const wanted = operation === "create" ? changes.filter(isReadable) : changes;
    for (const line of wanted.flatMap(changeLines)) this.line(`    ${this.mark(line.mark)(line.text)}`);
  }

  private done(step: Step): void {
    this.status.end(step);
    const { operation, ofReplacement } = step;
    if (this.shows.operation === "preview" || operation === "same") return;
    const seconds = (this.now() - (this.begun.get(step.urn) ?? this.now())) / 1000;
    const text = `${SYMBOLS[operation]} ${nameText(step)} ${ofReplacement ? "old one deleted" : DONE[operation]}`;
    this.line(`${this.paint(operation)(text)} ${this.colours.dim(`(${seconds.toFixed(1)} s)`)}`);
  }

  private fails(step: Step): void {
    this.status.end(step);
    this.line(this.colours.red(`x ${nameText(step)} ${step.operation} failed`));
  }

  private violation({ enforcementLevel, policyName, message, resourceUrn = "" }: PolicyEvent): void {
    const paint = enforcementLevel === "mandatory" ? this.colours.red : this.colours.yellow;
    this.line(paint(`${enforcementLevel} guardrail ${policyName}, at ${nameOf(resourceUrn)}:`));
    plain(message)
      .split("\n")
      .forEach((text) => this.line(`    ${text}`));
  }

  private diagnostic({ urn, message, severity, ephemeral }: DiagnosticEvent): void {
    const paint = this.severities[severity];
    if (paint === undefined) return;
    const text = plain(message);
    if (text === "") return;
    const name = urn === undefined || urn === "" ? undefined : nameOf(urn);
    if (ephemeral === true) {
      if (urn !== undefined && name !== undefined) this.status.note({ urn, name }, text);
      return;
    }
    const level = severity.startsWith("info") ? "" : `${severity}: `;
    const [first = "", ...rest] = `${level}${name === undefined ? "" : `${name}: `}${text}`.split("\n");
    this.line(paint(first));
    rest.forEach((one) => this.line(`    ${one}`));
  }

  /** A long output, such as the hosts, would bury the rest: where it is read is said instead. */
  private outputs({ type, old, new: now }: StepEventMetadata): void {
    if (type !== "pulumi:pulumi:Stack" || this.shows.operation === "destroy") return;
    const outputs = now?.outputs ?? {};
    const changed = changedNames(old?.outputs ?? {}, outputs).filter((name) => name in outputs);
    if (changed.length === 0) return;
    this.line("Outputs that changed:");
    for (const name of changed) {
      const value = shown(outputs[name]);
      const text = typeof value === "string" ? value : JSON.stringify(value);
      this.line(`    ${name}: ${text.length > LONGEST_OUTPUT ? `see ${this.shows.outputsAt}` : text}`);
    }
  }

  private paint(operation: Operation): (text: string) => string {
    const { green, yellow, magenta, red, cyan } = this.colours;
    const paints = { same: String, create: green, update: yellow, replace: magenta, delete: red, read: cyan };
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

function nameText({ type, name }: Step): string {
  return `${name} (${type.split(":").at(-1) ?? type})`;
}

/** Without what colours a terminal, in the engine's own form too. */
export function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/<\{%[^%]*%\}>/g, "")
    .trim();
}
