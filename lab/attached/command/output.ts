/** What a host prints: kept up to a limit, made fit to be shown, and passed on line by line. */
import { StringDecoder } from "node:string_decoder";
import { stripVTControlCharacters } from "node:util";
import { Kept } from "../../grpc/kept";
import type { Command } from "./inputs";

/** As much of a stream is kept. */
const KEPT_BYTES = 1024 * 1024;
/** A line that is longer is passed on in pieces, and no more lines than this: each is a call of the engine. */
const LINE_CHARACTERS = 8192;
const LINES_SHOWN = 5000;

export interface Printed {
  stdout: string;
  stderr: string;
}

export type Stream = keyof Printed;

/**
 * Text of a host as a terminal may have it: without escape sequences, without control characters but newline and tab,
 * and without the format characters that turn text around.
 */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\p{Cf}]/gu, (one) =>
    one === "\n" || one === "\t" ? one : "",
  );
}

/** Both streams of a command, apart and as they came. */
export class Output {
  private readonly kept = {
    stdout: new Kept(KEPT_BYTES),
    stderr: new Kept(KEPT_BYTES),
    both: new Kept(KEPT_BYTES),
  };

  add(stream: Stream, data: Buffer): void {
    this.kept[stream].add(data);
    this.kept.both.add(data);
  }

  /** Each stream without its last newline. */
  apart(): Printed {
    const { stdout, stderr } = this.kept;
    return { stdout: stdout.text().replace(/\n$/, ""), stderr: stderr.text().replace(/\n$/, "") };
  }

  together(): string {
    return printable(this.kept.both.text());
  }
}

/** Passes on the lines of the streams that are to be logged, one after the other. */
export class Lines {
  private readonly decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() };
  private readonly rests: Printed = { stdout: "", stderr: "" };
  private shown = 0;
  private taken = Promise.resolve();

  /** @param log resolves when the line is taken; does not reject */
  constructor(
    private readonly logging: Command["logging"],
    private readonly log: (line: string) => Promise<void>,
  ) {}

  add(stream: Stream, data: Buffer): void {
    if ((this.logging !== "stdoutAndStderr" && this.logging !== stream) || this.shown > LINES_SHOWN) return;
    const lines = (this.rests[stream] + this.decoders[stream].write(data)).split("\n");
    const rest = lines.pop() ?? "";
    this.rests[stream] = rest.length > LINE_CHARACTERS ? "" : rest;
    for (const line of rest.length > LINE_CHARACTERS ? [...lines, rest] : lines) this.show(line);
  }

  private show(line: string): void {
    this.shown += 1;
    if (this.shown > LINES_SHOWN + 1) return;
    const text = this.shown > LINES_SHOWN ? "[further lines are not shown]" : printable(line);
    this.taken = this.taken.then(() => this.log(text));
  }

  /** Passes on last lines that have no end; resolves when all are taken. */
  end(): Promise<void> {
    for (const rest of [this.rests.stdout, this.rests.stderr]) if (rest !== "") this.show(rest);
    return this.taken;
  }
}
