import { createHash } from "node:crypto";
import { join, resolve } from "node:path";

/** A named set of hosts on one network of its own, with its state in a folder of the project. */
export interface Lab {
  name: string;
  /** State: hosts, cloud resources, locks. */
  folder: string;
  /** Network namespace; differs between two checkouts on one machine. */
  namespace: string;
  /** Sockets of the hosts' kernels; short, since a Unix socket's path ends at 107 characters. */
  runFolder: string;
}

/** What names may look like: they become folders, host names and namespaces. */
export const NAME = /^[a-z][a-z0-9-]{0,30}$/;

const PROJECT = resolve(__dirname, "..", "..");

/**
 * The lab that the environment names: `PALISADE_LAB` (default `palisade`) below `PALISADE_LAB_DIR` (default
 * `.lab` in the project). Creates nothing. Throws on a name that is no name.
 */
export function openLab(environment: NodeJS.ProcessEnv = process.env): Lab {
  const name = environment["PALISADE_LAB"] ?? "palisade";
  if (!NAME.test(name)) {
    throw new Error(
      `PALISADE_LAB: "${name}" is no name for a lab; use a-z, 0-9 and "-", at most 31 characters`,
    );
  }
  const folder = join(resolve(environment["PALISADE_LAB_DIR"] ?? join(PROJECT, ".lab")), name);
  const tag = shortHash(folder, 6);
  return {
    name,
    folder,
    namespace: `pal-${name}-${tag}`,
    runFolder: `/run/palisade-lab/${tag}-${shortHash(name, 4)}`,
  };
}

/** What a process needs in its environment to open the same lab. */
export function labEnvironment(lab: Lab): Record<string, string> {
  return { PALISADE_LAB: lab.name, PALISADE_LAB_DIR: resolve(lab.folder, "..") };
}

/** The first hexadecimal digits of a text's SHA-256. */
export function shortHash(text: string, digits: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, digits);
}

/** Says what is being done, a line at a time, without a line end. */
export type Progress = (line: string) => void;
