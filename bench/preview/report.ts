import { table } from "../compile/report";
import type { Measurement } from "./measure";
import type { Usage } from "./usage";

export interface Results {
  date: string;
  machine: string;
  versions: Record<string, string>;
  measurements: Measurement[];
}

/** Hosts of the preview for which a time is promised, and the most seconds it may take. */
const PROMISED = { hosts: 200, seconds: 60 };

/** The results as Markdown, ratios first. */
export function resultsText({ date, machine, versions, measurements }: Results): string {
  const used = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `# bench/preview: results

Written by \`npm run bench:preview\` on ${date}. ${machine}; ${used.join(", ")}.

${table(
  ["cost of a host", "by the clock", "by CPU time"],
  growth(measurements).map(({ what, wall, cpu }) => [what, wall.toFixed(2), cpu.toFixed(2)]),
)}

${comparisonText(measurements)}${promises(measurements)
    .map((line) => `${line}\n`)
    .join("")}
${table(
  [
    "program",
    "operation",
    "hosts",
    "resources",
    "s by the clock",
    "ms a host",
    "s of CPU: engine",
    "program",
    "peak MiB: engine",
    "program",
  ],
  measurements.map((one) => [
    one.commit ?? "this one",
    one.operation,
    String(one.hosts),
    String(one.resources),
    one.seconds.toFixed(1),
    ((one.seconds * 1000) / one.hosts).toFixed(0),
    ...usages(one).map(({ cpuSeconds }) => cpuSeconds.toFixed(1)),
    ...usages(one).map(({ peakMegabytes }) => peakMegabytes.toFixed(0)),
  ]),
)}

- Every host has 40 peers, whatever the number of hosts. Previews are of hosts on AWS, on Linode and existing ones,
  from nothing; an \`up\` is of existing hosts that answer at once, and \`up again\` changes nothing.
- By the clock from the start of the engine to its end, the start of the program and its loading of Pulumi's SDK
  among it, which is why a host costs less in a large stack. The plugins' processes are not in the CPU time.
`;
}

const usages = ({ engine, program }: Measurement): Usage[] => [engine, program];

interface Growth {
  what: string;
  wall: number;
  cpu: number;
}

/** What a host costs in the largest stack, beside the smallest. Flat is 1 at most. */
function growth(measurements: readonly Measurement[]): Growth[] {
  const ours = measurements.filter(({ commit }) => commit === undefined);
  return [...new Set(ours.map(({ operation }) => operation))].flatMap((kind) => {
    const some = ours.filter(({ operation }) => operation === kind);
    const [smallest, largest] = [some.at(0), some.at(-1)];
    if (smallest === undefined || largest === undefined || smallest === largest) return [];
    const what = `${kind}: among ${largest.hosts} hosts to among ${smallest.hosts}`;
    const times = (read: (one: Measurement) => number): number =>
      read(largest) / largest.hosts / (read(smallest) / smallest.hosts);
    return [{ what, wall: times(({ seconds }) => seconds), cpu: times(cpuOf) }];
  });
}

/** What this program takes of what another commit's does, in the same stack. */
export interface Comparison {
  commit: string;
  hosts: number;
  wall: number;
  cpu: number;
  /** Of the program's peak of memory. */
  program: number;
  /** Of the engine's and the program's together. */
  both: number;
}

export function comparisons(measurements: readonly Measurement[]): Comparison[] {
  return measurements.flatMap((theirs) => {
    const { commit, hosts, operation } = theirs;
    const ours = measurements.find(
      (one) => one.commit === undefined && one.hosts === hosts && one.operation === operation,
    );
    if (commit === undefined || ours === undefined) return [];
    const part = (read: (one: Measurement) => number): number => read(ours) / read(theirs);
    return [
      {
        ...{ commit, hosts, wall: part(({ seconds }) => seconds), cpu: part(cpuOf) },
        program: part(({ program }) => program.peakMegabytes),
        both: part(peakOf),
      },
    ];
  });
}

function comparisonText(measurements: readonly Measurement[]): string {
  const found = comparisons(measurements);
  const [first] = found;
  if (first === undefined) return "";
  const rows = found.map(({ hosts, wall, cpu, program, both }) => [
    `a preview of ${hosts} hosts`,
    ...[wall, cpu, program, both].map((part) => part.toFixed(2)),
  ]);
  const columns = [
    `this program to that of ${first.commit}`,
    "by the clock",
    "by CPU time",
    "peak MiB: program",
    "with the engine",
  ];
  return `${table(columns, rows)}\n\n`;
}

function cpuOf(one: Measurement): number {
  return usages(one).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}

function peakOf(one: Measurement): number {
  return usages(one).reduce((sum, { peakMegabytes }) => sum + peakMegabytes, 0);
}

function promises(measurements: readonly Measurement[]): string[] {
  return measurements
    .filter(
      ({ commit, hosts, operation }) =>
        commit === undefined && hosts === PROMISED.hosts && operation === "preview",
    )
    .map(
      ({ hosts, seconds }) =>
        `A preview of ${hosts} hosts: ${seconds.toFixed(1)} s (at most ${PROMISED.seconds}).`,
    );
}
