/** When a command has to end, and the words with which it is ended. */

/** For a command of a resource that has no time of its own (`customTimeouts`). */
export interface Limits {
  /** Seconds in which a command must print something. */
  silence: number;
  /** Seconds that a command may take, however much it prints. */
  total: number;
}

export const LIMITS: Limits = { silence: 600, total: 3600 };

export interface Clock {
  signal: AbortSignal;
  /** The command has begun, or has printed something. */
  heard: () => void;
  stop: () => void;
}

/** @param own the resource's own limit in seconds, from the first try to dial; 0 for none, then the limits hold. */
export function startClock(own: number, limits: Limits): Clock {
  const end = new AbortController();
  const running: { total?: NodeJS.Timeout; silence?: NodeJS.Timeout } = {};
  const after = (seconds: number, what: string): NodeJS.Timeout =>
    setTimeout(() => end.abort(new Error(`${what} ${seconds} s, and was given up`)), seconds * 1000);
  if (own > 0) running.total = after(own, "it was not done within its time of");
  return {
    signal: end.signal,
    heard: () => {
      if (own > 0) return;
      running.total ??= after(limits.total, "the command was not done within");
      clearTimeout(running.silence);
      running.silence = after(limits.silence, "the command printed nothing for");
    },
    stop: () => {
      clearTimeout(running.total);
      clearTimeout(running.silence);
    },
  };
}
