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
