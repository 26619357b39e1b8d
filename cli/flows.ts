import { Command, Option } from "commander";
import { createColors } from "picocolors";
import { closeSync, openSync, writeSync } from "node:fs";
import { flows as allFlows } from "../compiler/decide/flows";
import type { View } from "../map/graph";
import { ruleFlows } from "../map/rules";
import { flowTable, ruleTable } from "./flow-table";
import { coloursFor, EXIT, jsonList, printProblems, UsageError } from "./output";
import { decideStack, type DecidedStack } from "./stacks";

const FORMATS = ["table", "json", "dot", "svg", "html"] as const;
type Format = (typeof FORMATS)[number];

/** Characters that are written at once. */
const BATCH = 1 << 16;

interface Options {
  stack: string;
  by?: View;
  format?: Format;
  json?: boolean;
  out?: string;
}

const EXAMPLES = `
Examples:
  palisade flows --stack dev                            who may reach what, host by host, as a table
  palisade flows --stack dev --by group                 by group, with the rule behind each line
  palisade flows --stack dev --json                     an array of { "from", "to", "service", "port", "ipsec" }, sorted
  palisade flows --stack dev --by group --json          an array of { "from", "to", "service", "ports", "ipsec", "path",
                                                        "file", "line", "column", "hosts": { "from", "to" } }, sorted
  palisade flows --stack dev --format html --out flows.html
                                                        a map to look at in a browser, by group and by host
  palisade flows --stack dev --format svg --out flows.svg
  palisade flows --stack dev --format dot | dot -Tpdf > flows.pdf

A table and JSON are by host if --by is not given; a drawing is by group, and a page has both.
A drawing by host has at most 400 hosts, any drawing at most 1500 lines.`;

export function flowsCommand(): Command {
  return new Command("flows")
    .description("Shows every flow that the policy allows between the hosts of a stack, and from networks.")
    .requiredOption("--stack <name>", "the stack, as in Pulumi.NAME.yaml")
    .addOption(
      new Option("--by <what>", "by group or by host; of a page, what it opens with").choices([
        "group",
        "host",
      ]),
    )
    .addOption(new Option("--format <format>", "how to show them (default: table)").choices(FORMATS))
    .option("--json", "the same as --format json")
    .option("--out <file>", "write there, and not to standard output")
    .addHelpText("after", EXAMPLES)
    .action(flows);
}

async function flows(options: Options): Promise<void> {
  const format = formatOf(options);
  const { stack, problems } = decideStack(process.cwd(), options.stack);
  printProblems(problems);
  if (stack === undefined) process.exitCode = EXIT.problems;
  else write(await texts(stack, format, options), options.out);
}

function formatOf({ format, json, out }: Options): Format {
  if (json === true && format !== undefined && format !== "json")
    throw new UsageError(`--json and --format ${format} ask for two things; give one of them`);
  const wanted = json === true ? "json" : (format ?? "table");
  if (wanted === "html" && out === undefined && process.stdout.isTTY === true)
    throw new UsageError(
      "a page is nothing to read in a terminal; add --out flows.html and open that in a browser",
    );
  return wanted;
}

async function texts(stack: DecidedStack, format: Format, { by, out }: Options): Promise<Iterable<string>> {
  switch (format) {
    case "table": {
      const colours = out === undefined ? coloursFor(process.stdout) : createColors(false);
      return by === "group"
        ? ruleTable(ruleFlows(stack), colours)
        : flowTable(() => allFlows(stack.model), colours);
    }
    case "json":
      return jsonList(by === "group" ? rulesAsData(stack) : allFlows(stack.model));
    case "dot":
    case "svg":
    case "html":
      return [await drawn(stack, format, by ?? "group")];
    default: {
      const exhaustive: never = format;
      return exhaustive;
    }
  }
}

/** Hosts are counted: who they are, the flows by host say. */
function rulesAsData(stack: DecidedStack): unknown[] {
  return ruleFlows(stack).map(({ from, to, service, ports, ipsec, path, file, line, column, hosts }) => ({
    from,
    to,
    service,
    ports,
    ipsec,
    path,
    file,
    line,
    column,
    hosts: { from: ipsec ? hosts.from.length : null, to: hosts.to.length },
  }));
}

/** Graphviz is loaded only where something is drawn. */
async function drawn(stack: DecidedStack, format: "dot" | "svg" | "html", by: View): Promise<string> {
  const { drawMap, drawPage } = await import("../map/draw");
  const result = format === "html" ? await drawPage(stack, by) : await drawMap(stack, by, format);
  if ("refused" in result) throw new UsageError(result.refused);
  if (result.missing !== undefined) process.stderr.write(`not in the page: ${result.missing}\n`);
  return result.text;
}

function write(pieces: Iterable<string>, file: string | undefined): void {
  if (file === undefined) {
    for (const piece of batched(pieces)) process.stdout.write(piece);
    return;
  }
  const opened = open(file);
  for (const piece of batched(pieces)) writeSync(opened, piece);
  closeSync(opened);
}

/** The same text in fewer and larger pieces. */
function* batched(pieces: Iterable<string>): Generator<string> {
  let batch = "";
  for (const piece of pieces) {
    batch += piece;
    if (batch.length < BATCH) continue;
    yield batch;
    batch = "";
  }
  if (batch !== "") yield batch;
}

function open(file: string): number {
  try {
    return openSync(file, "w");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new UsageError(`${file} can't be written (${reason}); name a file in a folder that is there`);
  }
}
