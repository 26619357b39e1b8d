import { spawn, type SpawnOptions } from "node:child_process";
import type { Folder } from "./folder";
import type { DeployedHost, Hop } from "./hosts";

/** argv of an SSH client that knows only this host's pinned key and offers only the given private key. */
export function sshCommand(
  files: Folder,
  host: DeployedHost,
  login: { user: string; keyFile: string },
  options: { batch: boolean },
): string[] {
  const { endpoint } = host;
  const knownHosts = files.write(`known-hosts.${host.name}`, `${endpoint.host} ${endpoint.hostKey}\n`);
  const through =
    endpoint.proxy === undefined ? undefined : proxyCommand(files, host.name, endpoint.proxy, login);
  return [
    ...client(login.keyFile, knownHosts, options),
    ...(through === undefined ? [] : ["-o", `ProxyCommand=${through}`]),
    `${login.user}@${endpoint.host}`,
  ];
}

/** What OpenSSH's own ProxyJump does, which takes neither a key nor pinned host keys from the command line. */
function proxyCommand(
  files: Folder,
  name: string,
  proxy: Hop & { port: number },
  { keyFile }: { keyFile: string },
): string {
  const known = proxy.port === 22 ? proxy.host : `[${proxy.host}]:${proxy.port}`;
  const knownHosts = files.write(`known-hosts.${name}.bastion`, `${known} ${proxy.hostKey}\n`);
  const argv = [
    ...client(keyFile, knownHosts, { batch: true }),
    "-p",
    String(proxy.port),
    `${proxy.user}@${proxy.host}`,
  ];
  // A shell reads it, after ssh has replaced what begins with a percent sign.
  const quoted = argv.map((word) => `'${word.replaceAll("'", `'\\''`).replaceAll("%", "%%")}'`);
  return `${quoted.join(" ")} -W '[%h]:%p'`;
}

/** Nobody is there to answer a question, or to notice that the host has gone silent, which ends it after a minute. */
const UNATTENDED = { BatchMode: "yes", ServerAliveInterval: "20", ServerAliveCountMax: "3" };

function client(keyFile: string, knownHosts: string, options: { batch: boolean }): string[] {
  const settings = {
    UserKnownHostsFile: knownHosts,
    GlobalKnownHostsFile: "/dev/null",
    StrictHostKeyChecking: "yes",
    IdentitiesOnly: "yes",
    ConnectTimeout: "10",
    LogLevel: "ERROR",
    ...(options.batch ? UNATTENDED : {}),
  };
  return [
    "ssh",
    "-F",
    "none",
    "-i",
    keyFile,
    ...Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
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
