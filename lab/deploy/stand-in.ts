import { mapKeys, mapValues } from "lodash";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createStack, run } from "../engine";
import { display } from "../engine/display";
import type { Screen } from "../engine/status-line";
import { labEnvironment } from "../machine";
import { type Deployment, type Engine, type EngineOptions, PARALLEL } from "./engine";
import { GUARDRAILS, PROJECT } from "./session";
import { engineConfig } from "./stack-config";

/** The lab's own engine, for machines without the real command. */
export class StandIn implements Engine {
  readonly name = "the lab's stand-in engine";

  constructor(private readonly output: Screen) {}

  create(options: EngineOptions): Promise<void> {
    return createStack(identity(options));
  }

  async run(options: EngineOptions): Promise<Deployment> {
    const { operation, config, session, secrets, passwords, lab, replace } = options;
    const env = labEnvironment(lab);
    const result = await run({
      operation,
      ...identity(options),
      projectDir: PROJECT,
      config: {
        ...engineConfig(config),
        ...mapKeys(secrets, (_, key) => `palisade:${key}`),
        "palisade:passwords": JSON.stringify(passwords),
      },
      secretKeys: ["secret", "nextSecret", "previousSecret", "passwords"].map((key) => `palisade:${key}`),
      providers: {
        aws: { command: [process.execPath, join(PROJECT, "lab", "clouds", "aws")], env },
        linode: { command: [process.execPath, join(PROJECT, "lab", "clouds", "linode")], env },
      },
      policyPacks: [GUARDRAILS],
      replace,
      parallel: PARALLEL,
      onEvent: display(this.output),
    });
    return {
      ok: result.ok,
      outputs: mapValues(result.outputs, ({ value }) => value),
      changes: result.changes,
      failed: [
        ...result.failed.map(({ urn, message }) => ({ name: urn.split("::").pop() ?? urn, message })),
        ...result.errors.map((message) => ({ name: session.name, message })),
      ],
      contacted: result.contacted,
    };
  }

  async forget(options: EngineOptions): Promise<void> {
    rmSync(stateFile(options), { force: true });
    return Promise.resolve();
  }
}

/** Which stack it is, and where its state is kept. */
function identity(options: EngineOptions) {
  const { session } = options;
  return {
    project: "palisade",
    stack: session.name,
    stateFile: stateFile(options),
    passphrase: session.environment.passphrase,
  };
}

function stateFile({ lab, session }: EngineOptions): string {
  return join(lab.folder, "state", `${session.name}.json`);
}
