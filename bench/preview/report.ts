import { table } from "../compile/report";
import type { Measurement, Usage } from "./measure";

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
  ratios(measurements).map(({ what, wall, cpu }) => [what, wall.toFixed(2), cpu?.toFixed(2) ?? "-"]),
)}

${promises(measurements)
  .map((line) => `${line}\n`)
  .join("")}
${table(
  [
    "engine",
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
    one.engine,
    one.operation,
    String(one.hosts),
    String(one.resources),
    one.seconds.toFixed(1),
    ((one.seconds * 1000) / one.hosts).toFixed(0),
    ...[one.engineUsage, one.programUsage].map((usage) => usage?.cpuSeconds.toFixed(1) ?? "-"),
    ...[one.engineUsage, one.programUsage].map((usage) => usage?.peakMegabytes.toFixed(0) ?? "-"),
  ]),
)}

- Every host has 40 peers, whatever the number of hosts. Previews are of hosts on AWS, on Linode and existing ones,
  from nothing; an \`up\` is of existing hosts that answer at once, and \`up again\` changes nothing.
- By the clock from the start of the engine to its end, the start of the program and its loading of Pulumi's SDK
  among it, which is why a host costs less in a large stack. The plugins' processes are not in the CPU time.
${versions.pulumi === undefined ? "- The real command was not measured: it was not on PATH.\n" : ""}`;
}

interface Ratio {
  what: string;
  wall: number;
  cpu: number | undefined;
}

/** What a host costs in the largest stack, beside the smallest. Flat is 1 at most. */
function ratios(measurements: readonly Measurement[]): Ratio[] {
  const kinds = [...new Set(measurements.map(({ engine, operation }) => `${engine}, ${operation}`))];
  return kinds.flatMap((kind) => {
    const some = measurements.filter(({ engine, operation }) => `${engine}, ${operation}` === kind);
    const [smallest, largest] = [some.at(0), some.at(-1)];
    if (smallest === undefined || largest === undefined) return [];
    const what = `${kind}: among ${largest.hosts} hosts to among ${smallest.hosts}`;
    const wall = largest.seconds / largest.hosts / (smallest.seconds / smallest.hosts);
    const [many, few] = [cpuOf(largest), cpuOf(smallest)];
    return [{ what, wall, cpu: few === 0 ? undefined : many / largest.hosts / (few / smallest.hosts) }];
  });
}

function cpuOf({ engineUsage, programUsage }: Measurement): number {
  const seconds = (usage: Usage | undefined): number => usage?.cpuSeconds ?? 0;
  return seconds(engineUsage) + seconds(programUsage);
}

function promises(measurements: readonly Measurement[]): string[] {
  return measurements
    .filter(({ hosts, operation }) => hosts === PROMISED.hosts && operation === "preview")
    .map(({ engine, hosts, seconds }) => {
      const limit = engine === "stand-in" ? ` (at most ${PROMISED.seconds})` : "";
      return `A preview of ${hosts} hosts with ${engine}: ${seconds.toFixed(1)} s${limit}.`;
    });
}
