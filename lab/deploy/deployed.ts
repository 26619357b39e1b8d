import { spawn, SpawnOptions } from "node:child_process";
import type { Addresses } from "../../compiler/model";
import { ownJson } from "./own-data";
import type { StackFiles } from "./stack-files";

/** A host as the stack's outputs describe it. */
export interface DeployedHost {
  name: string;
  groups: string[];
  addresses: Addresses;
  endpoint: { host: string; user: string; hostKey: string };
}

/** What the program exports. */
interface Outputs {
  environment: string;
  hosts: Record<string, Omit<DeployedHost, "name">>;
}

/** The hosts of a stack as its last `up` left them, sorted by name; undefined before the first. */
export function deployedHosts(files: StackFiles): DeployedHost[] | undefined {
  const text = files.read("outputs.json");
  if (text === undefined) return undefined;
  const outputs = ownJson<Partial<Outputs>>(text);
  return Object.entries(outputs.hosts ?? {})
    .map(([name, host]) => ({ name, ...host }))
    .filter((host) => host.endpoint !== undefined)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** argv of an SSH client that knows only this host's pinned key and offers only the given private key. */
export function sshCommand(
  files: StackFiles,
  host: DeployedHost,
  login: { user: string; keyFile: string },
  options: { batch: boolean },
): string[] {
  const knownHosts = files.write(
    `known-hosts.${host.name}`,
    `${host.endpoint.host} ${host.endpoint.hostKey}\n`,
  );
  const settings = {
    UserKnownHostsFile: knownHosts,
    GlobalKnownHostsFile: "/dev/null",
    StrictHostKeyChecking: "yes",
    IdentitiesOnly: "yes",
    ConnectTimeout: "10",
    LogLevel: "ERROR",
    ...(options.batch ? { BatchMode: "yes" } : {}),
  };
  return [
    "ssh",
    "-F",
    "none",
    "-i",
    login.keyFile,
    ...Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
    `${login.user}@${host.endpoint.host}`,
  ];
}

export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end. Never throws for its exit code. */
export function runToEnd(argv: string[], stdin = "", options: SpawnOptions = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0] ?? "", argv.slice(1), { ...options, stdio: ["pipe", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 255, stdout, stderr }));
    // A command that ends without reading its input is not an error of ours.
    child.stdin?.on("error", () => undefined).end(stdin);
  });
}
