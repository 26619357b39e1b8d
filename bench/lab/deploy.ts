/**
 * One update of a stack of existing hosts by the lab's engine, in a process of its own, as `palisade lab up` makes it
 * once the hosts run: the guardrails judge it, and all is shown that it shows.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PARALLEL } from "../../lab/deploy/engine";
import { ownJson } from "../../lab/deploy/own-data";
import { GUARDRAILS, PROJECT } from "../../lab/deploy/session";
import { engineConfig } from "../../lab/deploy/stack-config";
import { run, type EngineResult } from "../../lab/engine";
import { display } from "../../lab/engine/display";
import { inNamespace, type Lab } from "../../lab/machine";
import { start } from "../command";
import { STACK, stackSecret } from "./hosts";

/** What an update did. */
export type Update = Pick<EngineResult, "changes" | "contacted" | "steps">;

const STATE = "state.json";
const CONFIG = "config.json";
const RESULT = "update.json";

/** argv of an update, in the lab's network. The stack's state is kept in the folder. */
export function updateCommand(lab: Lab, folder: string, config: Record<string, unknown>): string[] {
  writeFileSync(join(folder, CONFIG), JSON.stringify(config));
  return inNamespace(lab, [process.execPath, "--import", require.resolve("tsx"), __filename, folder]);
}

/** What the last update of the folder's stack did. */
export function lastUpdate(folder: string): Update {
  return ownJson<Update>(readFileSync(join(folder, RESULT), "utf8"));
}

async function update(folder: string): Promise<void> {
  const config = ownJson<Record<string, unknown>>(readFileSync(join(folder, CONFIG), "utf8"));
  const result = await run({
    operation: "up",
    projectDir: PROJECT,
    project: "palisade",
    stack: STACK,
    config: { ...engineConfig(config), "palisade:secret": stackSecret() },
    secretKeys: ["palisade:secret"],
    stateFile: join(folder, STATE),
    passphrase: "bench",
    providers: {},
    policyPacks: [GUARDRAILS],
    parallel: PARALLEL,
    onEvent: display(process.stdout),
  });
  const { ok, changes, contacted, steps, errors, failed } = result;
  if (!ok) throw new Error([...errors, ...failed.map(({ message }) => message)].join("\n"));
  const done: Update = { changes, contacted, steps };
  writeFileSync(join(folder, RESULT), JSON.stringify(done));
}

if (require.main === module) start(() => update(process.argv[2] ?? ""));
