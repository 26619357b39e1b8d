import { Command } from "commander";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkAddresses } from "../compiler/decide/addresses";
import type { AddressBook, Facet } from "../compiler/model";
import { readText } from "../compiler/read";
import { facetText } from "../compiler/render/facet";
import { renderFleet } from "../compiler/render/fleet";
import { readAddressFile } from "./addresses";
import { coloursFor, EXIT, plural, printProblems } from "./output";
import { Progress } from "./progress";
import { decideStack, type DecidedStack } from "./stacks";

interface Options {
  stack: string;
  out: string;
  addresses?: string;
}

/** Of hosts in one message. */
const MOST_LISTED = 12;

const EXAMPLES = `
Examples:
  palisade render --stack dev --out rendered
      rendered/web-1/firewall.txt, ipsec.txt and accounts.txt, and so on for every host
  palisade render --stack dev --out rendered --addresses addresses.json
      with the addresses of a fleet that is deployed:
      { "web-1": { "ipv4": { "address": "198.51.100.5", "network": "aws/dev/us-east" }, "ipv6": "2001:db8:a000::5" } }`;

export function renderCommand(): Command {
  return new Command("render")
    .description("Writes what every host of a stack is given: a folder a host, a file a facet.")
    .requiredOption("--stack <name>", "the stack, as in Pulumi.NAME.yaml")
    .requiredOption("--out <folder>", "where to write; made if it is not there")
    .option("--addresses <file>", "JSON file of the hosts' addresses, for those that only a cloud can give")
    .addHelpText("after", EXAMPLES)
    .action(render);
}

function render(options: Options): void {
  const { stack, problems } = decideStack(process.cwd(), options.stack);
  printProblems(problems);
  const book = stack === undefined ? undefined : addressBook(stack, options.addresses);
  if (stack === undefined || book === undefined) {
    process.exitCode = EXIT.problems;
    return;
  }
  const progress = new Progress("hosts rendered", stack.model.hosts.size);
  for (const { host, facets } of renderFleet(stack.model, book)) {
    writeHost(options.out, host.name, facets);
    progress.step();
  }
  progress.done();
  process.stdout.write(`${plural(stack.model.hosts.size, "host")} rendered into ${options.out}\n`);
}

/** The planned addresses, with those of the file instead where it has them; undefined where it is wrong. */
function addressBook(stack: DecidedStack, file: string | undefined): AddressBook | undefined {
  const { book, placeholders } = stack.planned;
  if (file === undefined) {
    warnOfPlaceholders(placeholders);
    return book;
  }
  const given = readAddressFile(file, readText(file), new Set(stack.planned.book.keys()));
  if (!given.ok) {
    printProblems(given.problems);
    return undefined;
  }
  warnOfPlaceholders(placeholders.filter((host) => !given.value.has(host)));
  const merged = new Map([...book, ...given.value]);
  const problems = checkAddresses(stack.model, merged, file);
  printProblems(problems);
  return problems.length === 0 ? merged : undefined;
}

function warnOfPlaceholders(hosts: readonly string[]): void {
  if (hosts.length === 0) return;
  const { yellow } = coloursFor(process.stderr);
  const message = `warning: only the cloud knows the IPv6 addresses of ${someOf(hosts)}; those written are placeholders from 2001:db8:ffff::/48`;
  process.stderr.write(`${yellow(message)}\n`);
}

/** As many names as a person reads, and how many more there are. */
function someOf(names: readonly string[]): string {
  const more = names.length - MOST_LISTED;
  return more <= 0 ? names.join(", ") : `${names.slice(0, MOST_LISTED).join(", ")} and ${more} more`;
}

function writeHost(out: string, host: string, facets: readonly Facet[]): void {
  const folder = join(out, host);
  mkdirSync(folder, { recursive: true });
  for (const facet of facets) writeFileSync(join(folder, `${facet.facet}.txt`), facetText(facet));
}
