/** A step that a command took, with how long it took. */
export interface Step {
  name: string;
  seconds: number;
}

/** Runs the steps of a command, says what is under way, and remembers how long each took. */
export class Steps {
  readonly taken: Step[] = [];

  constructor(private readonly output: { write(line: string): unknown }) {}

  readonly progress = (line: string): void => {
    this.output.write(`  ${line}\n`);
  };

  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.taken.push({ name, seconds: (performance.now() - start) / 1000 });
    }
  }
}
