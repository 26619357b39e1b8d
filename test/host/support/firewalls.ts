import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { forThisKernel } from "../../compiler/support/tools";
import { documentOf } from "./documents";
import type { Sandbox } from "./sandbox";

const GOLDEN = join(__dirname, "..", "..", "compiler", "golden", "company", "rendered");

export const CONFIRMED = "/var/lib/palisade/firewall/confirmed";
export const CANDIDATE = "/var/lib/palisade/firewall/candidate";
export const REVERTED = "/var/lib/palisade/firewall/reverted";

/** The files of a small firewall that lets one port in from one set. */
export function firewallFiles(port: number, set = `from-${port}`) {
  const rules = (family: 4 | 6): string =>
    `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:PALISADE-IN - [0:0]
-A INPUT -j PALISADE-IN
# A comment.
-A PALISADE-IN -i lo -m comment --comment "loop back" -j ACCEPT
-A PALISADE-IN -p tcp -m tcp --dport ${port} -m set --match-set ${set}.${family} src -m policy --dir in --pol ipsec -j ACCEPT
COMMIT
`;
  return {
    ipset: `create ${set}.4 hash:net family inet\nadd ${set}.4 198.51.100.0/27\ncreate ${set}.6 hash:net family inet6\n`,
    "rules.v4": rules(4),
    "rules.v6": rules(6),
  };
}

export function firewallOf(port: number): string {
  return documentOf("firewall", firewallFiles(port));
}

/** What the compiler writes for a host of a golden scenario. */
export function goldenFirewall(host: string): string {
  const names = ["ipset", "rules.v4", "rules.v6"];
  const read = (name: string) => forThisKernel(readFileSync(join(GOLDEN, host, "firewall", name), "utf8"));
  return documentOf("firewall", Object.fromEntries(names.map((name) => [name, read(name)])));
}

export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** What `confirm` reads, of a firewall alone. */
export function confirmationOf(firewall: string): string {
  return `firewall ${digestOf(firewall)}\n`;
}

/** Rules and sets in the kernel, whichever generation they are. */
export async function loaded(host: Sandbox): Promise<string[]> {
  const lines = (await host.kernel()).map((line) => line.replace(/\b([a-z0-9-]+\.[46])\.[abc]\b/g, "$1"));
  return lines.filter((line) => line !== "").sort();
}

/** The names of all sets. */
export async function sets(host: Sandbox): Promise<string[]> {
  return (await host.sh("ipset list -name")).split("\n").filter((line) => line !== "");
}

/** The iptables that this host's programs are: what a stock Debian has, or what a kernel without nf_tables needs. */
export async function useBackend(host: Sandbox, backend: "nft" | "legacy"): Promise<void> {
  await host.sh(
    `for program in iptables ip6tables; do for part in '' -save -restore; do
       ln -sf "/usr/sbin/$program-${backend}$part" "/usr/local/sbin/$program$part"
     done; done`,
  );
}
