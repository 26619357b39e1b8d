import { spawnSync } from "node:child_process";

/** Whether a program is installed, and what to say in a skipped test where it is not. */
export function missing(...programs: string[]): string | undefined {
  const absent = programs.filter((program) => spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0);
  return absent.length === 0 ? undefined : `SKIPPED: ${absent.join(", ")} not installed`;
}

/** Why nothing can be tried in a network namespace of its own; undefined where it can. */
export function noNamespace(): string | undefined {
  return spawnSync("unshare", ["-n", "true"]).status === 0
    ? undefined
    : "SKIPPED: no network namespace without root";
}

export interface Outcome {
  status: number | null;
  output: string;
}

/** Runs a shell script in a network namespace of its own, so that nothing of this machine changes. */
export function inNamespace(script: string, folder: string, input = ""): Outcome {
  return run("unshare", ["-n", "sh", "-euc", script], folder, input);
}

export function run(program: string, args: readonly string[], folder: string, input = ""): Outcome {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: "utf8", input });
  return { status, output: `${stdout}${stderr}` };
}

const KNOWS_MARKS =
  spawnSync("unshare", ["-n", "ipset", "create", "probe", "hash:ip,mark"], { stdio: "ignore" }).status === 0;

/**
 * A host's sets as this kernel takes them. One that is built without `hash:ip,mark` (a cloud's small ones are; Debian's
 * and Ubuntu's have it, and the lab's too) gets sets of as many dimensions in their place, so that the rules that refer
 * to them can be tried all the same.
 */
export function forThisKernel(sets: string): string {
  if (KNOWS_MARKS) return sets;
  return sets.replaceAll(" hash:ip,mark ", " hash:ip,port ").replace(/^(add .*),0x5[0-9a-f]*$/gm, "$1,tcp:1");
}
