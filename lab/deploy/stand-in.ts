import { mapValues } from "lodash";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../engine";
import { display } from "../engine/display";
import { labEnvironment } from "../machine";
import { type Deployment, type Engine, type EngineOptions, PARALLEL } from "./engine";
import { GUARDRAILS, PROJECT } from "./session";
import { engineConfig } from "./stack-config";

/** The lab's own engine, for machines without the real command. */
export class StandIn implements Engine {
  readonly name = "the lab's stand-in engine";

  constructor(private readonly output: NodeJS.WriteStream) {}

  async run(options: EngineOptions): Promise<Deployment> {
    const { operation, session, config, secret, passwords, lab, replace } = options;
    const env = labEnvironment(lab);
    const result = await run({
      operation,
      projectDir: PROJECT,
      project: "palisade",
      stack: session.name,
      config: {
        ...engineConfig(config),
        "palisade:secret": secret,
        "palisade:passwords": JSON.stringify(passwords),
      },
      secretKeys: ["palisade:secret", "palisade:passwords"],
      stateFile: stateFile(options),
      passphrase: session.environment.passphrase,
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

function stateFile({ lab, session }: EngineOptions): string {
  return join(lab.folder, "state", `${session.name}.json`);
}
