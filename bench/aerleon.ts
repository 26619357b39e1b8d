import { findProgram, installProgram, packageVersion } from "./venv";

const ACLGEN = "aclgen";

/** Aerleon's command in the benchmarks' own environment; undefined where it is not installed. */
export function findAerleon(): string | undefined {
  return findProgram(ACLGEN);
}

/**
 * Installs Aerleon, in the version of requirements.txt, unless it is there.
 * @returns its command, or why it cannot be had
 */
export function installAerleon(): { command: string } | { problem: string } {
  return installProgram(ACLGEN);
}

/** The version of Aerleon that is measured, and of the Python that runs it. */
export function aerleonVersion(): string {
  return packageVersion("aerleon");
}
