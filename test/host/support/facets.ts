import { documentOf } from "./documents";
import { digestOf, firewallOf } from "./firewalls";

/** One person with an account, sudo (which may ask for a password) and a key. */
export function accountsOf(name: string, uid: number, asked = false): string {
  const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHw+pxRvB5028auZjN4obeD6ZThAFTtDTnsQUgVMMwgi";
  return documentOf("accounts", {
    passwd: `${name}:x:${uid}:${uid}:${name}:/home/${name}:/bin/bash\n`,
    group: `${name}:x:${uid}:\npalisade:x:30000:${name}\n`,
    shadow: `${name}:*:::::::\n`,
    sudoers: `# Palisade\n${name} ALL=(ALL:ALL) ${asked ? "" : "NO"}PASSWD: ALL\n`,
    keys: `${name} ${key}\n`,
    passwords: asked ? `${name}\n` : "",
  });
}

/** One connection to a peer of each address. */
export function connectionsOf(...addresses: string[]): string {
  const peers = addresses.map(
    (address, index) => `  peer-${index + 1} {\n    remote_addrs = ${address}\n  }\n`,
  );
  return documentOf("ipsec", { "swanctl.conf": `connections {\n${peers.join("")}}\n` });
}

export type Facets = Record<"accounts" | "firewall" | "ipsec", string>;

/** What is pushed before, and what is pushed then: no line of the one is in the other. */
export const OLD: Facets = {
  accounts: accountsOf("alice", 10001),
  firewall: firewallOf(80),
  ipsec: connectionsOf("198.51.100.1", "2001:db8::1"),
};
export const NEW: Facets = {
  accounts: accountsOf("bob", 10002),
  firewall: firewallOf(443),
  ipsec: connectionsOf("198.51.100.2"),
};

export const FACETS = ["accounts", "firewall", "ipsec"] as const;

/** What `confirm` reads. */
export function confirmation(facets: Partial<Facets>): string {
  return Object.entries(facets)
    .map(([facet, document]) => `${facet} ${digestOf(document)}\n`)
    .join("");
}

/** How a host is told of all of its facets at once. */
export const APPLY = "apply accounts firewall certificate ipsec";

/** The document of all facets, as HostConfig sends it. */
export function wholeOf({ accounts, firewall, ipsec }: Facets, certificate: string): string {
  return [accounts, firewall, certificate, ipsec].join("");
}
