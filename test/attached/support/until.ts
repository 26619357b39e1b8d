import { setTimeout as sleep } from "node:timers/promises";

/** So long that only what never comes is not there by then. */
const LIMIT_MILLISECONDS = 120_000;

/** Waits for what is about to be so. */
export async function until(what: () => boolean): Promise<void> {
  const end = Date.now() + LIMIT_MILLISECONDS;
  while (!what()) {
    if (Date.now() > end) throw new Error(`it never came to be: ${what.toString()}`);
    await sleep(20);
  }
}
