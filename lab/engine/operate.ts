/** One operation on a stack whose lock is held: state, providers, services and program put together. */
import { Deployment, type StackOutputs } from "./deployment";
import { serve, type Services } from "./monitor";
import type { EngineRun } from "./options";
import { Policies } from "./policies/policies";
import { startProgram } from "./program";
import { ProviderRegistry } from "./providers/registry";
import { PulumiProvider } from "./providers/stack-reference";
import type { Reporter } from "./reporter";
import { packageConfig } from "./requests";
import { RunGuard } from "./run-guard";
import { Snapshot } from "./snapshot";
import type { StackState } from "./state";
import { loadState } from "./state-file";

const DEFAULT_PARALLEL = 16;

/** Carries an operation out and gives the stack's outputs. Throws when it can't even begin. */
export async function operate(run: EngineRun, reporter: Reporter): Promise<StackOutputs> {
  const { operation, project, stack, stateFile, passphrase } = run;
  const loaded = await loadState(stateFile, passphrase, { project, stack });
  tellOfTheLastRun(loaded.state, reporter);
  const snapshot = new Snapshot(loaded, operation === "preview" ? undefined : stateFile);
  const services: { current?: Services } = {};
  const registry = new ProviderRegistry({
    commands: run.providers,
    host: reporter,
    engine: () => services.current?.address ?? "",
    pulumi: new PulumiProvider({ stateFile, passphrase, project }),
  });
  const guard = new RunGuard(reporter);
  const policies = new Policies(run, reporter, guard);
  const deployment = makeDeployment(run, snapshot, registry, guard, policies, reporter);
  services.current = await serve({ deployment, reporter });
  policies.start(services.current.address);
  const stopListening = listenForAbort(run.signal, guard, registry);
  try {
    if (operation === "destroy") await deployment.destroy();
    else await runProgram(run, services.current.address, deployment, reporter);
    return await deployment.finishOutputs();
  } finally {
    stopListening();
    await guard.idle();
    await snapshot.close();
    await Promise.all([registry.close(), policies.close()]);
    services.current.close();
  }
}

/** Warns of what was under way when a run was killed, and learns the secrets not to print. */
function tellOfTheLastRun({ pending, resources }: StackState, reporter: Reporter): void {
  for (const { inputs, outputs } of resources) {
    reporter.masker.addFrom(inputs);
    reporter.masker.addFrom(outputs);
  }
  for (const { urn, operation } of pending) {
    const message = `an earlier run was interrupted during its ${operation}; whether it was done is not known`;
    reporter.log("warning", message, urn);
  }
}

function makeDeployment(
  run: EngineRun,
  snapshot: Snapshot,
  registry: ProviderRegistry,
  guard: RunGuard,
  policies: Policies,
  reporter: Reporter,
): Deployment {
  const { project, stack, operation, parallel = DEFAULT_PARALLEL, replace = [], config, secretKeys } = run;
  const preview = operation === "preview";
  const options = {
    project,
    stack,
    preview,
    parallel,
    replace,
    packageConfig: packageConfig(config, secretKeys),
  };
  return new Deployment(options, snapshot, registry, reporter, guard, policies);
}

function listenForAbort(
  signal: AbortSignal | undefined,
  guard: RunGuard,
  registry: ProviderRegistry,
): () => void {
  const interrupt = (): void => {
    guard.end("the run was interrupted");
    void registry.cancel();
  };
  if (signal?.aborted === true) interrupt();
  signal?.addEventListener("abort", interrupt, { once: true });
  return () => signal?.removeEventListener("abort", interrupt);
}

/** Runs the program to its end and then, if it got there, deletes what it no longer has. */
async function runProgram(
  run: EngineRun,
  address: string,
  deployment: Deployment,
  reporter: Reporter,
): Promise<void> {
  const { guard } = deployment;
  const program = startProgram(run, address, (line) => reporter.log("info", line));
  guard.onEnd(() => program.dismiss());
  const { ok, reason } = await program.end;
  await guard.idle();
  if (reason !== "" && !guard.isEnded) guard.end(reason);
  if (ok && !guard.isEnded) await deployment.deleteLeftovers();
  if (ok) await deployment.judgeStack();
}
