import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { readText, type ReadFile, stackNames, stacksIn } from "../compiler/read";
import { UsageError } from "./output";

/** A project as it is in a folder or was at a revision. */
export interface Project {
  /** Put before the files that messages name. */
  prefix: string;
  stacks: string[];
  read: ReadFile;
}

/** Far more than any policy has. */
const MOST_BYTES = 256 * 1024 * 1024;

/** The project in the working tree. */
export function workingTree(): Project {
  return { ...inFolder("."), prefix: "" };
}

/**
 * The project in a folder, if there is one of that name, or at a revision of git; nothing is checked out.
 * @throws UsageError if it is neither
 */
export function openProject(name: string): Project {
  if (existsSync(name) && statSync(name).isDirectory()) return inFolder(name);
  const commit = git("rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`)?.trim();
  if (commit === undefined) throw new UsageError(`"${name}" is neither a folder nor a revision of git here`);
  const files = git("ls-tree", "--name-only", commit) ?? "";
  return {
    prefix: `${name}:`,
    stacks: stackNames(files.split("\n")),
    read: (path) => git("show", `${commit}:./${path}`),
  };
}

function inFolder(folder: string): Project {
  return {
    prefix: `${folder.replace(/\/+$/, "")}/`,
    stacks: stacksIn(folder),
    read: (path) => readText(join(folder, path)),
  };
}

/** What git prints; undefined if it fails. */
function git(...args: string[]): string | undefined {
  const { status, stdout } = spawnSync("git", args, { encoding: "utf8", maxBuffer: MOST_BYTES });
  return status === 0 ? stdout : undefined;
}
