import Table from "cli-table3";
import { Command } from "commander";
import { flows as allFlows } from "../compiler/decide/flows";
import type { Flow } from "../compiler/model";
import { coloursFor, EXIT, plural, printJsonList, printProblems } from "./output";
import { decideStack } from "./stacks";

interface Options {
  stack: string;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  palisade flows --stack dev           who may reach what, as a table
  palisade flows --stack dev --json    an array of { "from", "to", "service", "port", "ipsec" }, sorted`;

export function flowsCommand(): Command {
  return new Command("flows")
    .description("Lists every flow that the policy allows between the hosts of a stack, and from networks.")
    .requiredOption("--stack <name>", "the stack, as in Pulumi.NAME.yaml")
    .option("--json", "print the flows as JSON")
    .addHelpText("after", EXAMPLES)
    .action(flows);
}

function flows(options: Options): void {
  const { stack, problems } = decideStack(process.cwd(), options.stack);
  printProblems(problems);
  if (stack === undefined) {
    process.exitCode = EXIT.problems;
    return;
  }
  if (options.json === true) printJsonList(allFlows(stack.model));
  else printTable([...allFlows(stack.model)]);
}

function printTable(found: readonly Flow[]): void {
  const { bold, green } = coloursFor(process.stdout);
  const table = new Table({
    head: ["from", "to", "service", "port", "through"].map((text) => bold(text)),
    style: { head: [], border: [], compact: true },
  });
  for (const { from, to, service, port, ipsec } of found) {
    table.push([from, to, service, port, ipsec ? green("IPsec") : "clear"]);
  }
  process.stdout.write(`${table.toString()}\n${plural(found.length, "flow")}\n`);
}
