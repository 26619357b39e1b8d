/** What a command prints: kept apart, kept together for a failure's text, and logged line by line. */

import type { Logging } from "./command-inputs";

export interface Output {
  stdout: string;
  stderr: string;
}

/** The variables by which a command sees what its predecessor printed. */
export function previousOutput(previous: Output | undefined): Record<string, string> {
  const { stdout = "", stderr = "" } = previous ?? {};
  return {
    ...(stdout === "" ? {} : { PULUMI_COMMAND_STDOUT: stdout }),
    ...(stderr === "" ? {} : { PULUMI_COMMAND_STDERR: stderr }),
  };
}

export class OutputCollector {
  private readonly parts: { stream: keyof Output; data: Buffer }[] = [];

  constructor(private readonly onText: (text: string, stream: keyof Output) => void) {}

  add(stream: keyof Output, data: Buffer): void {
    this.parts.push({ stream, data });
    this.onText(data.toString("utf8"), stream);
  }

  /** Each stream without its last newline. */
  separate(): Output {
    const text = (stream: keyof Output): string =>
      Buffer.concat(this.parts.filter((part) => part.stream === stream).map((part) => part.data))
        .toString("utf8")
        .replace(/\n$/, "");
    return { stdout: text("stdout"), stderr: text("stderr") };
  }

  together(): string {
    return Buffer.concat(this.parts.map((part) => part.data)).toString("utf8");
  }
}

/** Passes on whole lines of the streams that are to be logged. */
export class LineLogger {
  private readonly rests: Output = { stdout: "", stderr: "" };

  constructor(
    private readonly logging: Logging,
    private readonly onLine: (line: string) => void,
  ) {}

  write(text: string, stream: keyof Output): void {
    if (this.logging !== "stdoutAndStderr" && this.logging !== stream) return;
    const lines = (this.rests[stream] + text).split("\n");
    this.rests[stream] = lines.pop() ?? "";
    lines.forEach((line) => this.onLine(line));
  }

  /** Passes on last lines that have no end. */
  end(): void {
    const { stdout, stderr } = this.rests;
    [stdout, stderr].filter((rest) => rest !== "").forEach((rest) => this.onLine(rest));
  }
}
