/**
 * One update of a stack of existing hosts, in a process of its own, as `palisade lab up` makes it once the hosts run:
 * the guardrails judge it, and all is shown that it shows.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ownJson } from "../../lab/deploy/own-data";
import { LabPulumi } from "../../lab/deploy/pulumi";
import { EnvironmentFiles, StackFiles } from "../../lab/deploy/stack-files";
import type { Changes } from "../../lab/display/summary";
import { inNamespace, labEnvironment, openLab, type Lab } from "../../lab/machine";
import { findPulumi } from "../../lab/pulumi/find";
import { say, start } from "../command";
import { ENVIRONMENT, STACK, stackSecret } from "./hosts";

/** What an update did. */
export interface Update {
  changes: Changes;
  /** Names of hosts. */
  contacted: string[];
}

const CONFIG = "config.json";
const RESULT = "update.json";

/** argv of an update, in the lab's network. The stack's state is kept in the folder. */
export function updateCommand(lab: Lab, folder: string, config: Record<string, unknown>): string[] {
  writeFileSync(join(folder, CONFIG), JSON.stringify(config));
  const variables = Object.entries(labEnvironment({ ...lab, folder: join(folder, lab.name) }));
  return inNamespace(lab, [
    ...["env", ...variables.map(([name, value]) => `${name}=${value}`)],
    ...[process.execPath, "--import", require.resolve("tsx"), __filename, folder],
  ]);
}

/** What the last update of the folder's stack did. */
export function lastUpdate(folder: string): Update {
  return ownJson<Update>(readFileSync(join(folder, RESULT), "utf8"));
}

async function update(folder: string): Promise<void> {
  const lab = openLab();
  const pulumi = new LabPulumi(await findPulumi(lab, say), process.stdout);
  const session = {
    name: STACK,
    files: new StackFiles(join(lab.folder, "stacks", STACK)),
    environment: new EnvironmentFiles(lab.folder, ENVIRONMENT),
  };
  const { ok, changes, contacted, failed } = await pulumi.run({
    ...{ operation: "up", session, lab, passwords: {}, replace: [] },
    config: ownJson<Record<string, unknown>>(readFileSync(join(folder, CONFIG), "utf8")),
    secrets: { secret: stackSecret() },
  });
  if (!ok || changes === undefined)
    throw new Error(failed.map(({ name, message }) => `${name}: ${message}`).join("\n"));
  const done: Update = { changes, contacted };
  writeFileSync(join(folder, RESULT), JSON.stringify(done));
}

if (require.main === module) start(() => update(process.argv[2] ?? ""));
