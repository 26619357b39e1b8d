import { spawnSync } from "node:child_process";
import { sshCommand } from "../../fleet/ssh";
import { UserError } from "../deploy/user-error";
import { deployerKey, openContext, requireDeployed } from "./context";

/** Opens a shell on a host as root, or runs a command there. */
export async function ssh(options: { stack: string; host: string; command: string[] }): Promise<number> {
  const { session } = await openContext(options.stack);
  const hosts = requireDeployed(session);
  const host = hosts.find(({ name }) => name === options.host);
  if (host === undefined) {
    throw new UserError(
      `stack ${session.name} has no host "${options.host}"; its hosts: ${hosts.map(({ name }) => name).join(", ")}`,
    );
  }
  const login = { user: host.endpoint.user, keyFile: deployerKey(session).keyFile };
  const argv = [
    ...sshCommand(session.files, host, login, { batch: options.command.length > 0 }),
    ...options.command,
  ];
  const { status } = spawnSync(argv[0] ?? "ssh", argv.slice(1), { stdio: "inherit" });
  return status ?? 255;
}
