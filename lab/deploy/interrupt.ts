/** A terminal tells a whole group of processes, and one that passes it on tells again: that is one ^C. */
const SAME_MS = 1000;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Whether somebody wants to end what is under way. */
export interface Interrupt {
  /** Aborted at the first signal, and at a second one. */
  readonly stops: AbortSignal[];
  readonly happened: boolean;
  /** Signals end this process again as they did before. */
  release(): void;
}

/** Takes the signals that would end this process, so that it can end well. */
export function takeInterrupts(say: (line: string) => void): Interrupt {
  const [first, second] = [new AbortController(), new AbortController()];
  let since: number | undefined;
  const handle = (): void => {
    const now = Date.now();
    if (since === undefined) {
      since = now;
      say("Interrupted: what is under way is brought to an end; again to end it at once.");
      first.abort();
    } else if (now - since > SAME_MS && !second.signal.aborted) {
      say("Ended at once. Hosts undo by themselves what was not confirmed.");
      second.abort();
    }
  };
  for (const signal of SIGNALS) process.on(signal, handle);
  return {
    stops: [first.signal, second.signal],
    get happened() {
      return first.signal.aborted;
    },
    release: () => {
      for (const signal of SIGNALS) process.removeListener(signal, handle);
    },
  };
}
