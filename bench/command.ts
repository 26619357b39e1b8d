/** A line for whoever watches, on standard error. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** @throws unless the option's value is a whole number within the bounds */
export function wholeNumber(option: string, value: string, from: number, to = Infinity): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= from && number <= to) return number;
  throw new Error(`--${option} takes a whole number from ${from}${to === Infinity ? "" : ` to ${to}`}`);
}

/** Writes the results: for a program, or for a person. */
export function print(results: unknown, text: string, { json }: { json: boolean }): void {
  process.stdout.write(json ? `${JSON.stringify(results, null, 2)}\n` : text);
}

/** Runs a benchmark, and tells its error without a stack trace. */
export function start(main: () => Promise<void> | void): void {
  Promise.resolve()
    .then(main)
    .catch((error: unknown) => {
      say(error instanceof Error ? error.message : String(error));
      process.exitCode = 1;
    });
}
