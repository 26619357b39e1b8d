import { deriveKey, secretId, type Ed25519Key } from "../../compiler/identity/keys";
import { sshPrivateKey, sshPublicKey } from "../../compiler/identity/openssh";
import type { DeployedHost } from "../../fleet/hosts";
import { runToEnd, sshCommand } from "../../fleet/ssh";
import { StackFiles } from "../../lab/deploy/stack-files";
import { bootHost, destroyHost, inNamespace, waitForSsh, type Lab, type Progress } from "../../lab/machine";

/** A host that is there before anything is deployed to it, as one on `existing` is. */
export interface BenchHost {
  name: string;
  groups: string[];
  ipv4: string;
  ipv6: string;
}

export const STACK = "bench";
/** Of its own, as hosts of this project's own stacks in the same environment would be peers. */
export const ENVIRONMENT = "bench";

/** Of hosts that live for minutes, in a network that nothing leaves: there is nothing to protect. */
const SECRET = Buffer.alloc(32, 9);
const BOOT_MS = 120_000;

export const deployer = (): Ed25519Key => deriveKey(SECRET, ENVIRONMENT, { use: "deployer" });
export const authority = (): Ed25519Key => deriveKey(SECRET, ENVIRONMENT, { use: "ca" });
export const hostKey = (name: string): Ed25519Key =>
  deriveKey(SECRET, "lab", { use: "host-ssh", host: name });

/** The stack's config, all of it. */
export function stackConfig(
  hosts: readonly BenchHost[],
  more: Record<string, unknown>,
): Record<string, unknown> {
  return {
    "palisade:environment": ENVIRONMENT,
    "palisade:region": "us-east",
    "palisade:hosts": hosts.map(({ name, groups, ipv4, ipv6 }) => ({
      ...{ name, on: "existing", groups },
      ...{ address: [ipv4, ipv6], hostKey: sshPublicKey(hostKey(name)) },
    })),
    "palisade:failsafe": ["203.0.113.0/28", "2001:db8:ff1::/64"],
    "palisade:connect": "ipv6",
    "palisade:certificateEpoch": "2026-11-01",
    "palisade:secretId": secretId(SECRET),
    ...more,
  };
}

export const stackSecret = (): string => SECRET.toString("base64");

/** Hosts that run in a lab, and a folder for what is needed to reach them. */
export class RunningHosts {
  private readonly files: StackFiles;
  readonly keyFile: string;

  constructor(
    readonly lab: Lab,
    readonly hosts: readonly BenchHost[],
    folder: string,
  ) {
    this.files = new StackFiles(folder);
    this.keyFile = this.files.write("deployer-key", sshPrivateKey(deployer()));
  }

  /** New hosts, none of which was ever logged in to. Resolves when each has ended its boot. */
  async boot(progress: Progress): Promise<void> {
    await Promise.all(
      this.hosts.map(({ name, ipv4, ipv6 }) => {
        const key = hostKey(name);
        const sshHostKey = { private: sshPrivateKey(key), public: sshPublicKey(key) };
        const authorizedKeys = [sshPublicKey(deployer())];
        return bootHost(
          this.lab,
          { stack: STACK, name, ipv4, ipv6: [ipv6], sshHostKey, authorizedKeys },
          progress,
        );
      }),
    );
    await Promise.all(this.hosts.map(({ ipv6 }) => waitForSsh(this.lab, ipv6, BOOT_MS)));
    // A unit that failed is not waited for; nothing here needs all of them.
    await this.onEach("systemctl is-system-running --wait || true");
  }

  async destroy(): Promise<void> {
    await Promise.all(this.hosts.map(({ name }) => destroyHost(this.lab, { stack: STACK, name })));
  }

  /** argv that runs the next word as a command on the host, as root. */
  prefix(host: BenchHost): string[] {
    const { name, groups, ipv4, ipv6 } = host;
    const deployed: DeployedHost = {
      ...{ name, groups },
      addresses: { ipv4: { address: ipv4, network: "lab" }, ipv6 },
      endpoint: { host: ipv6, user: "root", hostKey: sshPublicKey(hostKey(name)) },
    };
    const login = { user: "root", keyFile: this.keyFile };
    return inNamespace(this.lab, sshCommand(this.files, deployed, login, { batch: true }));
  }

  /** What a line of shell prints on the host. @throws if it fails */
  async run(host: BenchHost, command: string, stdin = ""): Promise<string> {
    const { code, stdout, stderr } = await runToEnd([...this.prefix(host), command], stdin);
    if (code !== 0) throw new Error(`${host.name}: ${command} failed (${code}): ${stderr.trim()}`);
    return stdout;
  }

  /** What it prints on each host, by name. */
  async onEach(command: string, stdin = ""): Promise<Map<string, string>> {
    const texts = this.hosts.map(async (host): Promise<[string, string]> => [
      host.name,
      await this.run(host, command, stdin),
    ]);
    return new Map(await Promise.all(texts));
  }
}
