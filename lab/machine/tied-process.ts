/** Processes that must not outlive this one, however it ends. */
import { existsSync } from "node:fs";

const SETPRIV = "/usr/bin/setpriv";

/**
 * The command in a form that the kernel kills when this process dies (prctl(2), PR_SET_PDEATHSIG, through
 * setpriv of util-linux); where there is no setpriv, the command as it is.
 */
export function tiedToThisProcess(command: readonly string[]): string[] {
  return existsSync(SETPRIV) ? [SETPRIV, "--pdeathsig", "KILL", "--", ...command] : [...command];
}
