import { median, type Cost } from "../measure";
import type { Case } from "./cases";

/** A case, and what each of its runs took. */
export interface Measured {
  name: string;
  what: string;
  hosts: number;
  runs: Cost[];
  /** What it wrote. */
  files: number;
  bytes: number;
}

/** How two cases compare, by the median over the rounds; below 1 the first was faster. */
export interface Ratio {
  what: string;
  wall: number;
  cpu: number;
  /** What it should not exceed, where something is promised. */
  limit?: number;
}

export interface Results {
  date: string;
  machine: string;
  versions: Record<string, string>;
  /** Where both sides wrote to. */
  folder: string;
  rounds: number;
  ratios: Ratio[];
  cases: Measured[];
  /** Of Palisade at the larger size. */
  peakMiB: number;
  notes: string[];
}

export function measured(one: Case): Measured {
  return { name: one.name, what: one.what, hosts: one.size.hosts, runs: [], files: 0, bytes: 0 };
}

/**
 * The ratio of two cases' time, round by round. Of several alternatives in the second place, the fastest of each round
 * counts.
 */
export function ratio(what: string, one: Measured, others: readonly Measured[], limit?: number): Ratio {
  const by = (time: "wall" | "cpu") =>
    median(
      one.runs.map(
        (run, round) => run[time] / Math.min(...others.map((other) => other.runs[round]?.[time] ?? NaN)),
      ),
    );
  return { what, wall: by("wall"), cpu: by("cpu"), ...(limit === undefined ? {} : { limit }) };
}

/** The results as Markdown, ratios first. */
export function resultsText(results: Results): string {
  const { date, machine, versions, folder, rounds, ratios, cases, peakMiB, notes } = results;
  const used = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `# bench/compile: results

Written by \`npm run bench:compile\` on ${date}. ${machine}; ${used.join(", ")}. ${rounds === 1 ? "One round" : `Medians of ${rounds} rounds`},
all cases in turn; files written to ${folder}.

${table(
  ["ratio", "by the clock", "by CPU time", "at most"],
  ratios.map(({ what, wall, cpu, limit }) => [what, wall.toFixed(2), cpu.toFixed(2), String(limit ?? "")]),
)}

Peak memory of Palisade at the larger size: ${peakMiB.toFixed(0)} MiB (at most 1,536).

${table(
  ["what", "s by the clock", "s of CPU", "peak MiB", "files", "MB written"],
  cases.map(({ what, runs, files, bytes }) => [
    what,
    median(runs.map(({ wall }) => wall)).toFixed(2),
    median(runs.map(({ cpu }) => cpu)).toFixed(2),
    median(runs.map(({ peakKiB }) => peakKiB / 1024)).toFixed(0),
    String(files),
    (bytes / 1e6).toFixed(1),
  ]),
)}

${notes.map((note) => `- ${note}`).join("\n")}
`;
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly string[][]): string {
  const widths = head.map((text, column) =>
    Math.max(text.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
