import { Argument, Command } from "commander";
import type { ConvergeOptions } from "../converge/run";
import { baseCommand, findStacks } from "./converge";
import { baseDriftCommand, type DriftOptions } from "./drift";
import type { Step } from "../lab/commands/secret";
import { EXIT, printProblems } from "./output";

const DESCRIPTION = `Real Debian hosts on this machine, each on a kernel of its own, in a network that nothing leaves.

Brings up any stack that has a Pulumi.NAME.yaml: with the pulumi command where it is on PATH, else with its release or
an engine built from its Go module, which is kept for the next time. The clouds are the lab's own; no account is needed
and nothing is billed.`;

const EXAMPLES = `
Examples:
  palisade lab up                        boot and configure the hosts of stack dev
  palisade lab preview --stack prod      what an up would change, as a diff of the rules
  palisade lab verify --json             try every connection and compare with the policy
  palisade lab ssh web-1                 a root shell on a host
  palisade lab ssh web-1 -- palisade-host status
  palisade lab down --all                take everything down`;

function stackCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option("--stack <name>", "the stack, as in Pulumi.NAME.yaml", "dev");
}

/** Makes the result of a command's work the exit code. The work is imported when it is asked for: it brings much. */
async function exitWith(work: () => Promise<number> | number): Promise<void> {
  const { StackProblems } = await import("../lab/deploy/session");
  try {
    process.exitCode = await work();
  } catch (error) {
    if (!(error instanceof StackProblems)) throw error;
    printProblems(error.problems);
    process.exitCode = EXIT.problems;
  }
}

/** The commands about the lab. */
export function labCommand(): Command {
  const lab = new Command("lab").description(DESCRIPTION).addHelpText("after", EXAMPLES);
  lab.addCommand(
    stackCommand("up", "Boots what is missing and deploys the stack to it")
      .option("--replace <resource...>", "push these resources again though nothing about them changed", [])
      .action((options: { stack: string; replace: string[] }) =>
        exitWith(async () => (await import("../lab/commands/up")).up(options)),
      ),
  );
  lab.addCommand(
    baseCommand("In the lab, with its own states, and the engine that lab up takes.", "").action(
      (names: string[], options: ConvergeOptions) =>
        exitWith(async () => {
          const { PROJECT } = await import("../lab/deploy/session");
          const { present, missing } = findStacks(PROJECT, names);
          const { converge } = await import("../lab/commands/converge");
          return converge({ ...options, stacks: present, missing });
        }),
    ),
  );
  lab.addCommand(
    stackCommand("preview", "Shows what an up would change; touches no host").action(
      (options: { stack: string }) =>
        exitWith(async () => (await import("../lab/commands/preview")).preview(options)),
    ),
  );
  lab.addCommand(
    stackCommand("down", "Takes the stack down")
      .option("--all", "take the whole lab down, whatever state it is in", false)
      .action((options: { stack: string; all: boolean }) =>
        exitWith(async () => {
          const { down, downAll } = await import("../lab/commands/down");
          return options.all ? downAll() : down(options);
        }),
      ),
  );
  lab.addCommand(
    stackCommand("status", "Lists the stack's hosts; exit code 1 unless all run")
      .option("--json", "print as JSON", false)
      .action((options: { stack: string; json: boolean }) =>
        exitWith(async () => (await import("../lab/commands/status")).status(options)),
      ),
  );
  lab.addCommand(
    baseDriftCommand("With the hosts of the lab.", "")
      .option("--stack <name>", "the stack, as in Pulumi.NAME.yaml", "dev")
      .action((options: DriftOptions) =>
        exitWith(async () => (await import("../lab/commands/drift")).drift(options)),
      ),
  );
  lab.addCommand(
    stackCommand("ssh", "Opens a root shell on a host, or runs a command there")
      .argument("<host>")
      .argument("[command...]")
      .action((host: string, command: string[], options: { stack: string }) =>
        exitWith(async () => (await import("../lab/commands/ssh")).ssh({ ...options, host, command })),
      ),
  );
  lab.addCommand(
    stackCommand("secret", "Takes the exchange of the environment's secret a step further; up pushes it")
      .addArgument(new Argument("<step>").choices(["announce", "switch", "drop"]))
      .action((step: Step, options: { stack: string }) =>
        exitWith(async () => (await import("../lab/commands/secret")).secret({ ...options, step })),
      ),
  );
  lab.addCommand(
    new Command("verify")
      .description("Tries what the policy allows and what it does not, for real, and compares")
      .option("--stack <name...>", "the stacks, tried together", ["dev"])
      .option("--all", "every stack that is up, tried together", false)
      .option("--json", "print { checked, wrong, allowed, denied, encrypted }", false)
      .action((options: { stack: string[]; all: boolean; json: boolean }) =>
        exitWith(async () => {
          const { verify } = await import("../lab/commands/verify");
          return verify({ stacks: options.all ? "all" : options.stack, json: options.json });
        }),
      ),
  );
  return lab;
}
