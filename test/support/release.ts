import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Installed } from "../../lab/pulumi/installed";
import { findParts } from "../../lab/pulumi/parts";

/**
 * Makes a folder with all that a release of pulumi has on PATH: what the engine that was found lacks is the lab's own, as
 * programs that each engine starts for itself.
 * @returns PATH with it
 */
export function releaseOnPath(folder: string, installed: Installed): string {
  mkdirSync(folder);
  symlinkSync(installed.command, join(folder, "pulumi"));
  const { languageHost, command } = findParts(installed);
  if (languageHost === undefined) serve(folder, "language-nodejs");
  if (command === undefined) serve(folder, "resource-command");
  const found = [languageHost, command].flatMap((file) => (file === undefined ? [] : join(file, "..")));
  return [folder, ...found, process.env["PATH"] ?? ""].join(delimiter);
}

function serve(folder: string, part: string): void {
  const file = join(folder, `pulumi-${part}`);
  const argv = [process.execPath, "--import", require.resolve("tsx"), join(__dirname, "serve-part.ts"), part];
  writeFileSync(file, `#!/bin/sh\nexec ${argv.map((word) => `"${word}"`).join(" ")} "$@"\n`);
  chmodSync(file, 0o755);
}
