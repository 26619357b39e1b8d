import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "./image";
import { withLock } from "./lock";
import { run } from "./run";

const SOURCE = join(__dirname, "whole-xstate.c");

/**
 * What stands before the hosts' kernel on its command line: on a processor with AMX a library, compiled once, without
 * which it can't start a process; elsewhere nothing. Throws where it has to be compiled and there is no C compiler.
 */
export async function preload(): Promise<string[]> {
  if (!/^flags\s*:.*\bamx_tile\b/m.test(readFileSync("/proc/cpuinfo", "utf8"))) return [];
  const cache = cacheFolder();
  const hash = createHash("sha256").update(readFileSync(SOURCE)).digest("hex").slice(0, 12);
  const library = join(cache, `whole-xstate-${hash}.so`);
  if (!existsSync(library)) {
    await mkdir(cache, { recursive: true });
    await withLock(`${library}.lock`, async () => {
      await run(["cc", "-O2", "-shared", "-fPIC", "-o", `${library}.new`, SOURCE]);
      await rename(`${library}.new`, library);
    });
  }
  return ["env", `LD_PRELOAD=${library}`];
}
