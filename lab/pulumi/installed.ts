import { version as SDK_VERSION } from "@pulumi/pulumi/version";
import { spawnSync } from "node:child_process";

/** A `pulumi` that runs here. */
export interface Installed {
  /** Path of the command. */
  command: string;
  version: string;
  /** Where it came from, for people. */
  from: string;
}

/** Which engine it is, in one line. */
export function engineText({ version, from, command }: Installed): string {
  return `pulumi ${version}, ${from}: ${command}`;
}

/** The version that a command says it is, without its `v`; undefined where it does not run. */
export function versionOf(command: string, home: string): string | undefined {
  const { status, stdout } = spawnSync(command, ["version"], {
    encoding: "utf8",
    timeout: 30_000,
    // Neither the user's folder nor the network is asked.
    env: { ...process.env, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  return status === 0 ? /^v?(\d+\.\d+\.\d+\S*)$/m.exec(stdout.trim())?.[1] : undefined;
}

/** The versions that work: from the SDK's own on, of the same major one. */
export const WORKING = `${SDK_VERSION} or newer of version ${majorOf(SDK_VERSION)}`;

export function works(version: string): boolean {
  const minor = (text: string): number => Number(text.split(".")[1]);
  return majorOf(version) === majorOf(SDK_VERSION) && minor(version) >= minor(SDK_VERSION);
}

function majorOf(version: string): string {
  return version.split(".")[0] ?? "";
}
