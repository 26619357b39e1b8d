import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { deriveKey, Ed25519Key } from "../../compiler/identity/keys";
import { sshPrivateKey, sshPublicKey } from "../../compiler/identity/openssh";
import type { Bastion, ExistingHostSpec } from "../../compiler/model";
import { bootHost, destroyHost, Lab, networkOf, waitForSsh } from "../machine";
import { ownJson } from "./own-data";
import type { Session } from "./session";

/** The record of which hosts the lab booted as existing ones, so that those taken out of the config go. */
const RECORD = "existing.json";

function existingHosts(session: Session): ExistingHostSpec[] {
  return session.inventory.hosts.filter((host): host is ExistingHostSpec => host.on === "existing");
}

/** The bastions of the stack's hosts, each with the name of the machine that stands for it. */
function bastions(session: Session): (Bastion & { name: string })[] {
  const byAddress = new Map<string, Bastion & { name: string }>();
  for (const { name, bastion } of existingHosts(session)) {
    if (bastion === undefined || byAddress.has(bastion.address)) continue;
    byAddress.set(bastion.address, { ...bastion, name: `way-to-${name}`.slice(0, 31) });
  }
  return [...byAddress.values()];
}

/** A key as the host's owner would have made it, before Palisade ever knew of the host. */
function hostKey(session: Session, name: string): Ed25519Key {
  const file = `ssh-host-seed.${name}`;
  const kept = session.files.read(file);
  const seed = kept ?? randomBytes(32).toString("base64");
  if (kept === undefined) session.files.write(file, seed);
  return deriveKey(Buffer.from(seed, "base64"), "lab", { use: "host-ssh", host: name });
}

/** The SSH keys to pin: of the stack's existing hosts by name, of their bastions by address. */
export function existingHostKeys(session: Session): Map<string, string> {
  return new Map(
    [
      ...existingHosts(session).map(({ name }) => [name, name] as const),
      ...bastions(session).map(({ name, address }) => [address, name] as const),
    ].map(([by, name]) => [by, sshPublicKey(hostKey(session, name))]),
  );
}

/** The key that the host's owner let in when the host was new, whatever the deployer's has become since. */
function ownersChoice(session: Session, name: string, deployerKey: string): string {
  const file = `let-in.${name}`;
  const kept = session.files.read(file);
  if (kept !== undefined) return kept;
  session.files.write(file, deployerKey);
  return deployerKey;
}

/**
 * Boots the stack's existing hosts and their bastions, with the deployer's key let in as their owner would, and
 * removes others.
 */
export async function bootExistingHosts(
  lab: Lab,
  session: Session,
  deployerKey: string,
  progress: (line: string) => void,
): Promise<void> {
  const machines = [...existingHosts(session).map(hostMachine), ...bastions(session).map(bastionMachine)];
  const names = machines.map(({ name }) => name);
  const before = ownJson<string[]>(session.files.read(RECORD) ?? "[]");
  session.files.write(RECORD, JSON.stringify([...new Set([...before, ...names])]));
  await Promise.all(
    before.filter((name) => !names.includes(name)).map((name) => destroyExistingHost(lab, session, name)),
  );
  await Promise.all(
    machines.map(async ({ waitFor, ...machine }) => {
      const key = hostKey(session, machine.name);
      const spec = {
        ...machine,
        stack: session.name,
        network: networkOf(session.inventory.region),
        sshHostKey: { private: sshPrivateKey(key), public: sshPublicKey(key) },
        authorizedKeys: [ownersChoice(session, machine.name, deployerKey)],
      };
      await bootHost(lab, spec, progress);
      if (waitFor !== undefined) await waitForSsh(lab, waitFor, 90_000);
    }),
  );
  session.files.write(RECORD, JSON.stringify(names));
}

/** What stands for an existing host or a bastion. */
interface Machine {
  name: string;
  ipv4: string | undefined;
  ipv6: string[];
  loginUser: string;
  /** Where the deployer reaches it by itself. */
  waitFor: string | undefined;
}

function hostMachine({ name, ipv4, ipv6, user, address, bastion }: ExistingHostSpec): Machine {
  const waitFor = bastion === undefined ? address : undefined;
  return { name, ipv4, ipv6: ipv6 === undefined ? [] : [ipv6], loginUser: user, waitFor };
}

function bastionMachine({ name, address, user }: Bastion & { name: string }): Machine {
  const isIpv6 = address.includes(":");
  return {
    name,
    ipv4: isIpv6 ? undefined : address,
    ipv6: isIpv6 ? [address] : [],
    loginUser: user,
    waitFor: address,
  };
}

/** Removes every existing host that the lab booted for this stack. */
export async function destroyExistingHosts(lab: Lab, session: Session): Promise<void> {
  const before = ownJson<string[]>(session.files.read(RECORD) ?? "[]");
  await Promise.all(before.map((name) => destroyExistingHost(lab, session, name)));
  session.files.write(RECORD, "[]");
}

async function destroyExistingHost(lab: Lab, session: Session, name: string): Promise<void> {
  await destroyHost(lab, { stack: session.name, name });
  rmSync(session.files.path(`let-in.${name}`), { force: true });
}
