/** What of a terminal's stream is used. */
export interface Terminal {
  isTTY?: boolean;
  write(text: string): unknown;
}

const PATIENCE_MS = 2000;
const EVERY_MS = 100;
/** Back to the start of the line, and erase it (ECMA-48). */
const ERASE = "\r\x1b[K";

/**
 * Says in one line of a terminal how far a long task is, once it has taken two seconds. Where nobody watches, nothing
 * is written.
 */
export class Progress {
  private readonly started: number;
  private shown?: number;
  private count = 0;

  /**
   * @param what such as `hosts rendered`
   * @param total how many steps there are
   * @param now milliseconds of a clock
   */
  constructor(
    private readonly what: string,
    private readonly total: number,
    private readonly terminal: Terminal = process.stderr,
    private readonly now: () => number = Date.now,
  ) {
    this.started = now();
  }

  /** One more is done. */
  step(): void {
    this.count++;
    if (this.terminal.isTTY !== true) return;
    const time = this.now();
    if (time - this.started < PATIENCE_MS || time - (this.shown ?? 0) < EVERY_MS) return;
    this.shown = time;
    this.terminal.write(
      `${ERASE}${this.count.toLocaleString("en")} of ${this.total.toLocaleString("en")} ${this.what}`,
    );
  }

  /** All are; the line goes. */
  done(): void {
    if (this.shown !== undefined) this.terminal.write(ERASE);
  }
}
