import { cpus, loadavg } from "node:os";

/** The machine in one line, for a report: its cores, and how busy it is now. */
export function machineText(): string {
  const [processor] = cpus();
  return `${cpus().length} cores (${processor?.model ?? "unknown"}), load ${loadavg()[0]?.toFixed(1)} at the end`;
}

/** The day of a report. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** How often it was measured, at the beginning of a sentence of a report. */
export function roundsText(rounds: readonly unknown[]): string {
  return rounds.length === 1 ? "One round" : `Medians of ${rounds.length} rounds`;
}
