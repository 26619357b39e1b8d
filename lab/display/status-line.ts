/** A last line on a terminal that tells what is under way; nothing elsewhere. */
/** Who has a turn. */
interface Subject {
  urn: string;
  name: string;
}

const DEFAULT_COLUMNS = 80;
const ERASE_LINE = "\r\u001b[K";

/** What a display writes to: standard output, standard error, or a test's paper. */
export interface Screen {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

export class StatusLine {
  /** What is under way, with the last word from each. */
  private readonly underWay = new Map<string, { name: string; note: string }>();
  private visible = false;

  constructor(
    private readonly stream: Screen,
    private readonly terminal: boolean,
  ) {}

  begin({ urn, name }: Subject): void {
    this.underWay.set(urn, { name, note: "" });
    this.draw();
  }

  note({ urn, name }: Subject, note: string): void {
    if (!this.underWay.has(urn)) return;
    this.underWay.set(urn, { name, note });
    this.draw();
  }

  end({ urn }: Subject): void {
    if (this.underWay.delete(urn)) this.draw();
  }

  /** Prints a line that stays, above the status. */
  print(text: string): void {
    this.clear();
    this.stream.write(`${text}\n`);
    this.draw();
  }

  clear(): void {
    if (this.visible) this.stream.write(ERASE_LINE);
    this.visible = false;
  }

  private draw(): void {
    if (!this.terminal) return;
    this.clear();
    if (this.underWay.size === 0) return;
    const parts = [...this.underWay.values()].map(({ name, note }) =>
      note === "" ? name : `${name}: ${note}`,
    );
    const text = `… ${parts.length} under way: ${parts.join(", ")}`;
    this.stream.write(text.slice(0, (this.stream.columns ?? DEFAULT_COLUMNS) - 1));
    this.visible = true;
  }
}
