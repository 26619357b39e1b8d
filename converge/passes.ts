import { isEqual } from "lodash";
import type { Convergence, Engine, Observer, StackResult, StackToConverge, Update } from "./types";

/**
 * More passes than a chain of stacks needs in which each one's addresses wait for the one before: what has not come
 * to rest by then, never will.
 */
export const MAX_PASSES = 6;

/**
 * Brings stacks up that read each other's exports, from nothing if need be: all at once, then again those that read
 * something which has changed since, until nothing has. A stack that fails does not stop the others.
 */
export async function converge(
  stacks: readonly StackToConverge[],
  engine: Engine,
  observer: Observer,
): Promise<Convergence> {
  const results = new Map(stacks.map(({ name }) => [name, untouched(name)]));
  const present = await createAll(stacks, engine, results);
  let due = present;
  let passes = 0;
  while (due.length > 0 && passes < MAX_PASSES) {
    passes += 1;
    observer.pass(passes, namesOf(due));
    const before = await exportsOf(present, engine);
    const updates = await Promise.all(due.map((stack) => update(stack, engine, observer)));
    due.forEach(({ name }, index) => record(results, name, updates[index]));
    const after = await exportsOf(present, engine);
    const changed = new Set(namesOf(present).filter((name) => !isEqual(before.get(name), after.get(name))));
    due = present.filter(({ reads }) => reads.some((name) => changed.has(name)));
  }
  const restless = new Set(namesOf(due));
  return {
    passes,
    stacks: [...results.values()].map((result) =>
      restless.has(result.name) ? unsettled(result, passes) : result,
    ),
  };
}

/** Of those that could be made. */
async function createAll(
  stacks: readonly StackToConverge[],
  engine: Engine,
  results: Map<string, StackResult>,
): Promise<StackToConverge[]> {
  const created = await Promise.all(
    stacks.map(async (stack) => {
      try {
        await engine.create(stack.name);
        return [stack];
      } catch (error) {
        results.set(stack.name, { ...untouched(stack.name), failures: [messageOf(error)] });
        return [];
      }
    }),
  );
  return created.flat();
}

async function update({ name }: StackToConverge, engine: Engine, observer: Observer): Promise<Update> {
  const start = performance.now();
  const done = await engine
    .up(name, (line) => observer.line(name, line))
    .catch((error: unknown): Update => ({ ok: false, changes: 0, failures: [messageOf(error)] }));
  observer.updated(name, done, (performance.now() - start) / 1000);
  return done;
}

function record(results: Map<string, StackResult>, name: string, done: Update | undefined): void {
  const before = results.get(name) ?? untouched(name);
  if (done === undefined) return;
  results.set(name, {
    name,
    converged: done.ok,
    updates: before.updates + 1,
    changes: before.changes + done.changes,
    failures: done.failures,
  });
}

async function exportsOf(stacks: readonly StackToConverge[], engine: Engine): Promise<Map<string, unknown>> {
  const values = await Promise.all(stacks.map(({ name }) => engine.exports(name)));
  return new Map(stacks.map(({ name }, index) => [name, values[index]]));
}

function untouched(name: string): StackResult {
  return { name, converged: false, updates: 0, changes: 0, failures: [] };
}

function unsettled(result: StackResult, passes: number): StackResult {
  const failure = `what it reads of the other stacks still changes after ${passes} passes`;
  return { ...result, converged: false, failures: [...result.failures, failure] };
}

function namesOf(stacks: readonly StackToConverge[]): string[] {
  return stacks.map(({ name }) => name);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
