import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Progress } from "../machine/lab";
import { type Installed, versionOf, WORKING, works } from "./installed";

/** Where a program is on PATH; undefined where it is not. */
export function onPath(program: string, path = process.env["PATH"] ?? ""): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, program))
    .find((file) => existsSync(file));
}

/** The command on PATH, if its version is one that works; why it is not used is said. */
export function pulumiOnPath(home: string, say: Progress): Installed | undefined {
  const command = onPath("pulumi");
  if (command === undefined) return undefined;
  const version = versionOf(command, home);
  if (version !== undefined && works(version)) return { command, version, from: "on PATH" };
  const what = version === undefined ? "does not run" : `is ${version}`;
  say(`${command} ${what}; the lab needs ${WORKING}, and looks elsewhere`);
  return undefined;
}
