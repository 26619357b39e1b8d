/** A stack that is brought up together with others. */
export interface StackToConverge {
  name: string;
  /** Stacks whose exports it reads. */
  reads: readonly string[];
}

/** What one update of a stack came to. */
export interface Update {
  ok: boolean;
  /** Resources that were created, changed or deleted. */
  changes: number;
  /** Why it is not ok, a line for each thing that failed. */
  failures: readonly string[];
}

/** What brings a stack up: `pulumi` as somebody is logged in, or the lab's own. */
export interface Engine {
  /** For people. */
  readonly name: string;
  /** Makes the stack where there is none yet, so that others can refer to it. Rejects with what a person can mend. */
  create(stack: string): Promise<void>;
  /** Updates a stack; `say` gets what it prints, line by line. Rejects where the update could not even begin. */
  up(stack: string, say: (line: string) => void): Promise<Update>;
  /** What the stack exports for others, as it was last deployed. */
  exports(stack: string): Promise<unknown>;
}

/** Is told what happens as it happens. */
export interface Observer {
  pass(number: number, stacks: readonly string[]): void;
  line(stack: string, text: string): void;
  updated(stack: string, update: Update, seconds: number): void;
}

/** What became of a stack. */
export interface StackResult {
  name: string;
  /** Whether its last update was ok and no export that it reads has changed since. */
  converged: boolean;
  /** How often it was updated. */
  updates: number;
  /** Resources changed by all updates together. */
  changes: number;
  /** Of its last update. */
  failures: readonly string[];
}

export interface Convergence {
  passes: number;
  /** In the order in which they were asked for. */
  stacks: StackResult[];
}
