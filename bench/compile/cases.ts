import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeAerleonProject, type Granularity } from "./aerleon-input";
import { generateFleet, type BenchGroup, type FleetSize } from "./fleet";
import { STACK, writePalisadeProject } from "./palisade-input";

const PALISADE = join(__dirname, "..", "..", "cli", "palisade.mjs");

/** One thing to measure: a command that reads a policy and writes files. */
export interface Case {
  /** A short name, unique among all. */
  name: string;
  what: string;
  size: FleetSize;
  folder: string;
  out: string;
  command: readonly string[];
}

/** Aerleon's filters, one for each host or one for each group. */
export interface AerleonCase extends Case {
  granularity: Granularity;
}

/** Palisade renders every host's firewall, IPsec and accounts. */
export function palisadeCase(name: string, size: FleetSize, scratch: string): Case {
  const { folder, out } = places(name, scratch);
  writePalisadeProject(folder, generateFleet(size));
  const command = [process.execPath, PALISADE, "render", "--stack", STACK, "--out", out];
  return { name, what: `Palisade: all facets of ${size.hosts} hosts`, size, folder, out, command };
}

/**
 * Aerleon generates the inbound iptables filters of the same policy.
 * @param processes how many it renders in; absent, as many as it does if nobody says
 */
export function aerleonCase(
  aclgen: string,
  size: FleetSize,
  granularity: Granularity,
  scratch: string,
  processes?: number,
): AerleonCase {
  const name = `aerleon-${granularity}-${processes ?? "default"}`;
  const { folder, out } = places(name, scratch);
  const fleet: BenchGroup[] = generateFleet(size);
  writeAerleonProject(folder, fleet, granularity);
  const files = granularity === "host" ? size.hosts : size.groups;
  const how = processes === undefined ? "as it is by default" : "in one process";
  const command = [aclgen, "--output_directory", out];
  if (processes !== undefined) command.push("--max_renderers", String(processes));
  return {
    name,
    what: `Aerleon: ${files} filters, one for each ${granularity}, ${how}`,
    size,
    folder,
    out,
    command,
    granularity,
  };
}

function places(name: string, scratch: string): { folder: string; out: string } {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  return { folder, out: join(scratch, `${name}-out`) };
}

/** Removes what a case wrote. */
export function clear({ out }: Case): void {
  rmSync(out, { recursive: true, force: true });
}
