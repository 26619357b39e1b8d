/** Knows what is under way in a run, and whether it has been ended early. */
import type { Reporter } from "./reporter";

/** Ends the program's calls: the reason is already reported. */
export class RunEnded extends Error {}

export class RunGuard {
  private readonly underWay = new Set<Promise<unknown>>();
  private readonly listeners: (() => void)[] = [];
  private reason: string | undefined;

  constructor(private readonly reporter: Reporter) {}

  get isEnded(): boolean {
    return this.reason !== undefined;
  }

  /** Lets nothing more begin. Only the first reason is reported. */
  end(reason: string, urn = ""): RunEnded {
    if (this.reason === undefined) {
      this.reason = reason;
      this.reporter.error(reason, urn);
      this.listeners.forEach((listener) => listener());
    }
    return new RunEnded(reason);
  }

  /** Calls back when the run ends early, at once if it already has. */
  onEnd(listener: () => void): void {
    if (this.isEnded) listener();
    else this.listeners.push(listener);
  }

  /** Throws once the run was ended early. */
  proceed(): void {
    if (this.reason !== undefined) throw new RunEnded(this.reason);
  }

  /** Counts a task as under way until it is settled. */
  track<T>(task: () => Promise<T>): Promise<T> {
    const running = task();
    this.underWay.add(running);
    const forget = (): boolean => this.underWay.delete(running);
    running.then(forget, forget);
    return running;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.underWay.size > 0) await Promise.allSettled([...this.underWay]);
  }
}
