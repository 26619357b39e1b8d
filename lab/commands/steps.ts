import { ownJson } from "../deploy/own-data";

/** A step that a command took, with how long it took. */
export interface Step {
  name: string;
  seconds: number;
}

/** Where a command that goes on in another process finds what it took so far. */
const TAKEN = "PALISADE_LAB_STEPS";

/** Runs the steps of a command, says what is under way, and remembers how long each took. */
export class Steps {
  readonly taken: Step[];

  constructor(
    private readonly output: { write(line: string): unknown },
    taken: readonly Step[] = [],
  ) {
    this.taken = [...taken];
  }

  /** Those of a command that was begun by another process. */
  static continued(output: { write(line: string): unknown }): Steps {
    return new Steps(output, ownJson<Step[]>(process.env[TAKEN] ?? "[]"));
  }

  /** Environment of the process in which the command goes on. */
  get environment(): Record<string, string> {
    return { [TAKEN]: JSON.stringify(this.taken) };
  }

  readonly progress = (line: string): void => {
    this.output.write(`  ${line}\n`);
  };

  /** A step that was taken twice, in two processes, is one. */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      const seconds = (performance.now() - start) / 1000;
      const known = this.taken.find((step) => step.name === name);
      if (known === undefined) this.taken.push({ name, seconds });
      else known.seconds += seconds;
    }
  }
}
