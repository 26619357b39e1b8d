import { Command, CommanderError } from "commander";
import { checkCommand } from "./check";
import { convergeCommand } from "./converge";
import { deployerKeyCommand } from "./deployer-key";
import { diffCommand } from "./diff";
import { driftCommand } from "./drift";
import { explainCommand } from "./explain";
import { flowsCommand } from "./flows";
import { labCommand } from "./lab";
import { EXIT, UsageError } from "./output";
import { renderCommand } from "./render";

function program(): Command {
  const command = new Command("palisade")
    .description(
      "One policy for who may talk to whom and who may log in where; every host enforces it itself.",
    )
    .showHelpAfterError("Run with --help for usage and examples.")
    .addHelpText("after", "\nExit codes: 0 all is well, 1 problems were found, 2 the command was misused.");
  const lab = labCommand();
  const commands = [
    ...[checkCommand(), renderCommand(), flowsCommand(), explainCommand(), diffCommand()],
    ...[convergeCommand(), driftCommand(), deployerKeyCommand(), lab],
  ];
  for (const child of commands) command.addCommand(child);
  for (const child of [command, ...command.commands, ...lab.commands]) child.exitOverride();
  return command;
}

async function main(): Promise<void> {
  try {
    await program().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
      return;
    }
    process.stderr.write(`palisade: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof UsageError ? EXIT.usage : EXIT.problems;
  }
}

// A reader such as head that has seen enough is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

void main();
