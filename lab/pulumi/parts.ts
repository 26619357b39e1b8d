import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { ownJson } from "../deploy/own-data";
import type { Installed } from "./installed";
import { onPath } from "./on-path";

/** What a release brings beside the engine; a path where it is, undefined where it is missing. */
export interface Parts {
  /** The host of programs in TypeScript. */
  languageHost: string | undefined;
  /** The provider of remote commands. */
  command: string | undefined;
}

const SDK = require.resolve("@pulumi/command/package.json");

/** Looks beside the engine, on PATH, and for the provider also where `pulumi plugin install` puts it. */
export function findParts({ command }: Installed, environment = process.env): Parts {
  const path = [dirname(command), environment["PATH"] ?? ""].join(delimiter);
  return {
    languageHost: onPath("pulumi-language-nodejs", path),
    command: onPath("pulumi-resource-command", [path, pluginFolder(environment)].join(delimiter)),
  };
}

/** Read, never written to. */
function pluginFolder(environment: NodeJS.ProcessEnv): string {
  const { version } = ownJson<{ version: string }>(readFileSync(SDK, "utf8"));
  const home = environment["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
  return join(home, "plugins", `resource-command-v${version}`);
}

/** PATH for the engine, so that it finds what was found here. */
export function pathWith(parts: Parts, path = process.env["PATH"] ?? ""): string {
  const folders = Object.values(parts).flatMap((file: string | undefined) =>
    file === undefined ? [] : dirname(file),
  );
  return [...new Set(folders), path].join(delimiter);
}
