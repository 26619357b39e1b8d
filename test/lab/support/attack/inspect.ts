import assert from "node:assert/strict";
import type { LabHost } from "../lab-host";

/** Packets that a chain of a host's firewall has dropped, of both families. */
export async function dropped(host: LabHost, chain: string): Promise<number> {
  const text = await host.text(`for t in iptables ip6tables; do $t-legacy -nvxL ${chain}; done`);
  return [...text.matchAll(/^\s*(\d+)\s+\d+\s+DROP /gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** What a host's charon says while work is done, whatever becomes of the host's clock. */
export async function journalOf(host: LabHost, work: () => Promise<void>): Promise<string> {
  const last = await host.text("journalctl -b -u strongswan -n 1 -o cat --show-cursor");
  const cursor = /^-- cursor: (.*)$/m.exec(last)?.[1];
  assert.ok(cursor !== undefined, `${host.name}: charon has said nothing since it was started`);
  await work();
  return host.text(
    `journalctl --sync; journalctl -b -u strongswan --after-cursor='${cursor}' -o cat --no-pager`,
  );
}

/** A host's own certificate: it is shown to every peer, and no secret. */
export function certificateOf(host: LabHost): Promise<string> {
  return host.text("cat /etc/swanctl/x509/palisade.pem");
}

/** The accounts that can log in on a host. */
export async function usersOf(host: LabHost): Promise<string[]> {
  const names = await host.text("cut -d: -f1 /var/lib/extrausers/passwd");
  return ["root", ...names.trim().split("\n")];
}
