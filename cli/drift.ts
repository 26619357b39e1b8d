import { Command } from "commander";
import type { Folder } from "../fleet/folder";
import type { DeployedHost } from "../fleet/hosts";

import { findStacks } from "./converge";
import { EXIT, printJson, UsageError } from "./output";
import { Progress } from "./progress";
import { requirePulumi } from "./pulumi";

export interface DriftOptions {
  stack: string;
  json: boolean;
}

const DESCRIPTION = `Asks every host of a stack, many at once, what is not as it was pushed: rules, sets, connections, accounts, files.

It changes nothing. Each host looks by itself every 3 minutes, and puts right what it finds.`;

const EXAMPLES = `
Examples:
  palisade drift --stack prod
  palisade drift --stack prod --json | jq -r '.[] | select(.state != "as pushed") | .host'

Exit codes: 0 all hosts are as they were pushed, 1 one is not or can't be asked, 2 the command was misused.`;

/** The command for real accounts. */
export function driftCommand(): Command {
  return baseDriftCommand(
    "With the deployer's key, from the secret of the backend that is logged in to.",
    EXAMPLES,
  )
    .requiredOption("--stack <name>", "the stack, as in Pulumi.NAME.yaml")
    .action(async (options: DriftOptions) => {
      const root = process.cwd();
      const [missing] = findStacks(root, [options.stack]).missing.values();
      if (missing !== undefined) throw new UsageError(missing);
      requirePulumi("look at the lab's hosts: palisade lab drift");
      const { withAccount } = await import("../fleet/account");
      process.exitCode = await withAccount(root, options.stack, (account) => tellDrift(account, options));
    });
}

/** The command without its work: the lab has one of its own. */
export function baseDriftCommand(how: string, examples: string): Command {
  return new Command("drift")
    .description(`${DESCRIPTION}\n\n${how}`)
    .addHelpText("after", examples)
    .option("--json", "print [{ host, state, findings | reason }]", false);
}

/** Asks the hosts, and prints what they say. @returns the exit code */
export async function tellDrift(
  { hosts, ...login }: { hosts: readonly DeployedHost[]; folder: Folder; keyFile: string },
  { json }: { json: boolean },
): Promise<number> {
  const [{ lookForDrift }, { driftText, isAsPushed }] = await Promise.all([
    import("../fleet/drift"),
    import("../fleet/drift-report"),
  ]);
  const progress = new Progress("hosts asked", hosts.length);
  const found = await lookForDrift(hosts, login, () => progress.step());
  progress.done();
  if (json) printJson(found);
  else process.stdout.write(driftText(found));
  return isAsPushed(found) ? EXIT.ok : EXIT.problems;
}
