import { readdirSync } from "node:fs";
import { join, relative } from "node:path";

/** The regular files below a folder, by their paths in it; links are not followed. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(relative(folder, entry.parentPath), entry.name));
}
