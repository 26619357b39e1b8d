/** What a host prints: kept up to a limit, made fit to be shown, and passed on line by line. */
import { StringDecoder } from "node:string_decoder";
import { stripVTControlCharacters } from "node:util";
import type { Command } from "./inputs";

/** As much of a stream is kept, half of it from the beginning and half from the end, where failures are explained. */
const KEPT_BYTES = 1024 * 1024;
/** A line that is longer is passed on in pieces. */
const LINE_CHARACTERS = 8192;

export interface Printed {
  stdout: string;
  stderr: string;
}

export type Stream = keyof Printed;

/** Text of a host as a terminal may have it: without escape sequences and control characters but newline and tab. */
export function printable(text: string): string {
  // eslint's rule against these in patterns is about typing errors; here they are what is looked for.
  return stripVTControlCharacters(text).replace(/[\p{Cc}\p{Cf}]/gu, (one) =>
    one === "\n" || one === "\t" ? one : "",
  );
}

/** Bytes up to the limit; how many are left out is said in their place. */
export class Kept {
  private readonly head: Buffer[] = [];
  private readonly tail: Buffer[] = [];
  private headBytes = 0;
  private tailBytes = 0;
  private leftOut = 0;

  add(data: Buffer): void {
    const first = data.subarray(0, KEPT_BYTES / 2 - this.headBytes);
    const rest = data.subarray(first.length);
    if (first.length > 0) this.head.push(first);
    this.headBytes += first.length;
    if (rest.length > 0) this.tail.push(rest);
    this.tailBytes += rest.length;
    this.shorten();
  }

  private shorten(): void {
    while (this.tailBytes > KEPT_BYTES / 2) {
      const oldest = this.tail.shift() ?? Buffer.alloc(0);
      const kept = oldest.subarray(Math.min(oldest.length, this.tailBytes - KEPT_BYTES / 2));
      if (kept.length > 0) this.tail.unshift(kept);
      this.leftOut += oldest.length - kept.length;
      this.tailBytes -= oldest.length - kept.length;
    }
  }

  text(): string {
    const note = this.leftOut === 0 ? "" : `\n[${this.leftOut} bytes are left out here]\n`;
    return Buffer.concat(this.head).toString() + note + Buffer.concat(this.tail).toString();
  }
}

/** Both streams of a command, apart and as they came. */
export class Output {
  private readonly kept = { stdout: new Kept(), stderr: new Kept(), both: new Kept() };

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

/** Passes on the lines of the streams that are to be logged, as far as output is kept. */
export class Lines {
  private readonly decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() };
  private readonly rests: Printed = { stdout: "", stderr: "" };
  private left = KEPT_BYTES;

  constructor(
    private readonly logging: Command["logging"],
    private readonly log: (line: string) => void,
  ) {}

  add(stream: Stream, data: Buffer): void {
    if ((this.logging !== "stdoutAndStderr" && this.logging !== stream) || this.left <= 0) return;
    this.left -= data.length;
    const lines = (this.rests[stream] + this.decoders[stream].write(data)).split("\n");
    const rest = lines.pop() ?? "";
    const whole = rest.length > LINE_CHARACTERS || this.left <= 0;
    this.rests[stream] = whole ? "" : rest;
    for (const line of whole ? [...lines, rest] : lines) this.log(printable(line));
    if (this.left <= 0) this.log("[further lines are not shown]");
  }

  /** Passes on last lines that have no end. */
  end(): void {
    for (const rest of [this.rests.stdout, this.rests.stderr]) if (rest !== "") this.log(printable(rest));
  }
}
