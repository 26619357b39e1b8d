import pLimit from "p-limit";
import type { Folder } from "./folder";
import type { DeployedHost } from "./hosts";
import { runToEnd, sshCommand, type Finished } from "./ssh";

/** Something on a host that is not as it was pushed. */
export interface Finding {
  /** `firewall`, `ipsec`, `accounts`, `passwords`, `certificate`, or `host` for what belongs to none. */
  facet: string;
  what: string;
}

/** What a host said of itself. */
export type HostDrift = { host: string } & (
  { state: "as pushed" } | { state: "drifted"; findings: Finding[] } | { state: "unknown"; reason: string }
);

/** Hosts asked at once. */
const PARALLEL = 32;

const COMMAND = "/usr/local/lib/palisade/palisade-host drift";

/**
 * Asks hosts, many at once, what is not as it was pushed. It changes nothing on them.
 * @param keyFile of the deployer's private key
 * @param asked is called as each has answered, or has not
 * @returns in the order of the hosts
 */
export async function lookForDrift(
  hosts: readonly DeployedHost[],
  { folder, keyFile }: { folder: Folder; keyFile: string },
  asked: () => void = () => undefined,
): Promise<HostDrift[]> {
  const inTurn = pLimit(PARALLEL);
  const ask = async (host: DeployedHost): Promise<HostDrift> => {
    const { user } = host.endpoint;
    const argv = sshCommand(folder, host, { user, keyFile }, { batch: true });
    const command = user === "root" ? COMMAND : `sudo -n ${COMMAND}`;
    const drift = readDrift(host.name, await runToEnd([...argv, command]));
    asked();
    return drift;
  };
  return Promise.all(hosts.map((host) => inTurn(() => ask(host))));
}

/** What `palisade-host drift` printed: lines of a facet, a tab and what was found, with exit code 1; nothing with 0. */
export function readDrift(host: string, { code, stdout, stderr }: Finished): HostDrift {
  if (code === 0 && stdout === "") return { host, state: "as pushed" };
  const findings = stdout
    .trimEnd()
    .split("\n")
    .map((line) => /^([a-z]+)\t(.+)$/.exec(line))
    .map((match) => ({ facet: match?.[1] ?? "", what: match?.[2] ?? "" }));
  if (code === 1 && findings.every(({ facet }) => facet !== "")) return { host, state: "drifted", findings };
  const said = stderr.trim().split("\n").at(-1) ?? "";
  return { host, state: "unknown", reason: said === "" ? `exit code ${code}` : said };
}
