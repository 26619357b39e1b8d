/**
 * The lab's stand-in for Pulumi's engine, for machines without the `pulumi` command. It runs the same
 * program in a process of its own, speaks the same gRPC protocol with it and with the same providers,
 * and decides as the real one does what to create, update, replace and delete.
 *
 * What it has: components, custom resources, default and explicit providers, plugins in processes of
 * their own, `command:remote:Command` and `command:local:Command` in this process, stack references,
 * invokes, reads, aliases, policy packs (their config and remediations apart), and the resource options but `import`, `hooks`, `transforms`, `replaceWith`
 * and `replacementTrigger`, which it refuses by name.
 *
 * Where a resource fails, it goes on as `pulumi up --continue-on-error` does: what needs the failed one
 * is skipped, all else is done. Unlike the real engine it then also keeps resources that need a failed
 * one and that the program did not register, and counts inputs that a provider refuses as a failure of
 * that resource alone.
 *
 * It serves the lab and the tests, and never a real environment.
 */
import type { StackOutputs } from "./deployment";
import { takeLock } from "./lock";
import { configSecrets } from "./masker";
import { operate } from "./operate";
import type { EngineResult, EngineRun } from "./options";
import { Reporter } from "./reporter";
import { loadState, readIfThere, saveState } from "./state-file";
import { hasSecret, show, withoutSecrets } from "./values";

export type {
  Changes,
  EngineEvent,
  LogLevel,
  Operation,
  PropertyChange,
  ResourceName,
  Summary,
} from "./events";
export type { EngineResult, EngineRun, ProviderCommand, Step } from "./options";
export type { Violation } from "./policies/messages";
export type { Shown } from "./values";

/**
 * Runs one operation on a stack. Never rejects: what went wrong is in `failed` and `errors`, and was
 * told as events. A preview changes nothing and takes no lock.
 */
export async function run(options: EngineRun): Promise<EngineResult> {
  const begin = performance.now();
  const { operation, stack, config, secretKeys } = options;
  const reporter = new Reporter((event) => options.onEvent(event));
  secretKeys
    .flatMap((key) => configSecrets(config[key] ?? ""))
    .forEach((secret) => reporter.masker.add(secret));
  reporter.emit({ kind: "begin", operation, stack });
  let outputs: StackOutputs = { before: {}, after: {} };
  try {
    outputs = await locked(options, () => operate(options, reporter));
  } catch (error) {
    reporter.error(error instanceof Error ? error.message : String(error));
  }
  return finish(options, reporter, outputs, (performance.now() - begin) / 1000);
}

/** Makes an empty stack, to which others can refer, where there is none. */
export async function createStack(
  options: Pick<EngineRun, "project" | "stack" | "stateFile" | "passphrase">,
): Promise<void> {
  const { project, stack, stateFile, passphrase } = options;
  if ((await readIfThere(stateFile)) !== undefined) return;
  const lock = await takeLock(stateFile, "creation");
  try {
    const { state, vault } = await loadState(stateFile, passphrase, { project, stack });
    await saveState(stateFile, state, vault);
  } finally {
    await lock.release();
  }
}

async function locked<T>(options: EngineRun, task: () => Promise<T>): Promise<T> {
  if (options.operation === "preview") return task();
  const lock = await takeLock(options.stateFile, options.operation);
  try {
    return await task();
  } finally {
    await lock.release();
  }
}

function finish(
  { operation }: EngineRun,
  reporter: Reporter,
  { before, after }: StackOutputs,
  duration: number,
): EngineResult {
  const { changes, failed, skipped, errors, steps, violations } = reporter;
  const broken = violations.some(({ level }) => level === "mandatory");
  const ok = failed.length === 0 && skipped.length === 0 && errors.length === 0 && !broken;
  if (operation !== "destroy") reporter.outputs(before, after);
  const counts = { changes, failed: failed.length, skipped: skipped.length };
  reporter.emit({ kind: "summary", operation, ok, ...counts, seconds: duration });
  const outputs = Object.fromEntries(
    Object.entries(after).map(([name, value]) => [
      name,
      { value: show(withoutSecrets(value)), secret: hasSecret(value) },
    ]),
  );
  return {
    ok,
    changes,
    failed,
    skipped,
    errors,
    violations,
    outputs,
    duration,
    steps,
    contacted: reporter.contactedHosts(),
  };
}
