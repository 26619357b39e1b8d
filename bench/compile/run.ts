import { accessSync, constants, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { aerleonVersion, installAerleon } from "../aerleon";
import { print, say, start, wholeNumber } from "../command";
import { machineText, today } from "../machine";
import { measure } from "../measure";
import { aerleonCase, clear, palisadeCase, type AerleonCase, type Case } from "./cases";
import { generateFleet } from "./fleet";
import { measured, ratio, resultsText, type Measured, type Ratio, type Results } from "./report";
import { compareOutputs } from "./same";

const RESULTS = join(__dirname, "RESULTS.md");
const MEMORY = "/dev/shm";

const HELP = `npm run bench:compile -- [options]

Palisade renders all facets of 1,000 hosts, Aerleon the same policy's iptables filters, Palisade 10,000 hosts; in turn,
several rounds. Writes bench/compile/RESULTS.md.

  --rounds <n>       how often each is measured (default 3)
  --small            50 and 100 hosts, one round, and RESULTS.md stays as it is
  --folder <path>    where to write (default ${MEMORY} if it is there: memory, so that no disk is measured)
  --json             print the results as JSON`;

const SIZES = {
  full: { base: { hosts: 1000, groups: 100 }, large: { hosts: 10_000, groups: 1000 } },
  small: { base: { hosts: 50, groups: 10 }, large: { hosts: 100, groups: 20 } },
};

interface Cases {
  base: Case;
  large: Case;
  aerleon: AerleonCase[];
}

function main(): void {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "3" },
      small: { type: "boolean", default: false },
      folder: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  const rounds = values.small ? 1 : wholeNumber("rounds", values.rounds, 1);
  const folder = values.folder ?? defaultFolder();
  const scratch = mkdtempSync(join(folder, "palisade-bench-"));
  try {
    const results = run(values.small ? SIZES.small : SIZES.full, rounds, scratch, folder);
    const text = resultsText(results);
    if (!values.small) writeFileSync(RESULTS, text);
    print(results, text, values);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function defaultFolder(): string {
  try {
    accessSync(MEMORY, constants.W_OK);
    return MEMORY;
  } catch {
    return tmpdir();
  }
}

function run(sizes: typeof SIZES.full, rounds: number, scratch: string, folder: string): Results {
  const aerleon = installAerleon();
  if ("problem" in aerleon) say(`AERLEON IS NOT MEASURED: it cannot be installed. ${aerleon.problem}`);
  const cases = makeCases(sizes, "command" in aerleon ? aerleon.command : undefined, scratch);
  const found = new Map([cases.base, ...cases.aerleon, cases.large].map((one) => [one, measured(one)]));
  for (let round = 0; round < rounds; round++) {
    for (const [one, record] of found) measureOnce(one, record, round, rounds);
    for (const other of cases.aerleon) checkSame(cases.base, other);
    for (const one of found.keys()) clear(one);
  }
  return gather(cases, found, rounds, folder);
}

function makeCases(sizes: typeof SIZES.full, aclgen: string | undefined, scratch: string): Cases {
  const aerleon =
    aclgen === undefined
      ? []
      : (["host", "group"] as const).flatMap((granularity) => [
          aerleonCase(aclgen, sizes.base, granularity, scratch),
          aerleonCase(aclgen, sizes.base, granularity, scratch, 1),
        ]);
  return {
    base: palisadeCase("palisade", sizes.base, scratch),
    large: palisadeCase("palisade-large", sizes.large, scratch),
    aerleon,
  };
}

function measureOnce(one: Case, record: Measured, round: number, rounds: number): void {
  const cost = measure(one.command, one.folder);
  record.runs.push(cost);
  Object.assign(record, sizeOf(one.out));
  say(`${round + 1}/${rounds} ${one.what}: ${cost.wall.toFixed(1)} s, ${cost.cpu.toFixed(1)} s of CPU`);
}

/** Files below a folder, and their bytes. */
function sizeOf(folder: string): { files: number; bytes: number } {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const bytes = files.map(({ parentPath, name }) => statSync(join(parentPath, name)).size);
  return { files: files.length, bytes: bytes.reduce((sum, size) => sum + size, 0) };
}

function checkSame(ours: Case, theirs: AerleonCase): void {
  const differences = compareOutputs(generateFleet(ours.size), ours.out, theirs.out, theirs.granularity);
  if (differences.length === 0) return;
  throw new Error(`the two sides differ in what they let in:\n${differences.slice(0, 10).join("\n")}`);
}

function gather(cases: Cases, found: Map<Case, Measured>, rounds: number, folder: string): Results {
  const of = (one: Case): Measured => found.get(one) ?? measured(one);
  const against = (granularity: AerleonCase["granularity"], what: string): Ratio[] => {
    const others = cases.aerleon.filter((other) => other.granularity === granularity).map(of);
    return others.length === 0
      ? []
      : [ratio(what, of(cases.base), others, granularity === "host" ? 1 : undefined)];
  };
  const [base, large] = [of(cases.base), of(cases.large)];
  return {
    date: today(),
    machine: machineText(),
    versions: {
      Node: process.versions.node,
      ...(cases.aerleon.length === 0 ? {} : { Aerleon: aerleonVersion() }),
    },
    folder,
    rounds,
    ratios: [
      ...against("host", "Palisade, all facets, to Aerleon, a filter for each host"),
      ...against("group", "Palisade, all facets, to Aerleon, a filter for each group"),
      ratio(`Palisade, ${large.hosts} hosts, to ${base.hosts} hosts`, large, [base], 12),
    ],
    cases: [...found.values()],
    peakMiB: Math.max(...large.runs.map(({ peakKiB }) => peakKiB)) / 1024,
    notes: notesOn(cases),
  };
}

function notesOn({ aerleon }: Cases): string[] {
  return [
    "Measured from start to end of the command: loading, checking, the policy's tests, deciding, rendering, writing.",
    ...(aerleon.length === 0
      ? ["Aerleon was not measured: it could not be installed."]
      : [
          "Of Aerleon the faster way of each round counts, with its default number of processes or with one.",
          "Every round compared all hosts' filters: both sides open the same ports to the same addresses.",
        ]),
  ];
}

start(main);
