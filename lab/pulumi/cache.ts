import { homedir } from "node:os";
import { join } from "node:path";
import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { UserError } from "../deploy/user-error";

/** Where engines are kept that the lab fetched or built: the user's cache, as the XDG Base Directory Specification has it. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment["XDG_CACHE_HOME"];
  return join(base === undefined || base === "" ? join(homedir(), ".cache") : base, "palisade", "pulumi");
}

/** @throws UserError where it can't be written to, with the remedy */
export async function ensureCache(): Promise<string> {
  const folder = cacheFolder();
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `Pulumi's engine can't be kept in ${folder} (${reason}): make it writable, set XDG_CACHE_HOME to a folder that is, or put pulumi on PATH`,
    );
  }
  return folder;
}
