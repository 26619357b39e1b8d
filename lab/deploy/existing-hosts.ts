import { randomBytes } from "node:crypto";
import { deriveKey, Ed25519Key } from "../../compiler/identity/keys";
import { sshPrivateKey, sshPublicKey } from "../../compiler/identity/openssh";
import type { ExistingHostSpec } from "../../compiler/model";
import { bootHost, destroyHost, Lab, waitForSsh } from "../machine";
import { ownJson } from "./own-data";
import type { Session } from "./session";

/** The record of which hosts the lab booted as existing ones, so that those taken out of the config go. */
const RECORD = "existing.json";

function existingHosts(session: Session): ExistingHostSpec[] {
  return session.inventory.hosts.filter((host): host is ExistingHostSpec => host.on === "existing");
}

/** A key as the host's owner would have made it, before Palisade ever knew of the host. */
function hostKey(session: Session, name: string): Ed25519Key {
  const file = `ssh-host-seed.${name}`;
  const kept = session.files.read(file);
  const seed = kept ?? randomBytes(32).toString("base64");
  if (kept === undefined) session.files.write(file, seed);
  return deriveKey(Buffer.from(seed, "base64"), "lab", { use: "host-ssh", host: name });
}

/** The SSH keys to pin for the stack's existing hosts, by name. */
export function existingHostKeys(session: Session): Map<string, string> {
  return new Map(existingHosts(session).map(({ name }) => [name, sshPublicKey(hostKey(session, name))]));
}

/** Boots the stack's existing hosts, with the deployer's key let in as their owner would, and removes others. */
export async function bootExistingHosts(
  lab: Lab,
  session: Session,
  deployerKey: string,
  progress: (line: string) => void,
): Promise<void> {
  const hosts = existingHosts(session);
  const names = hosts.map(({ name }) => name);
  const before = ownJson<string[]>(session.files.read(RECORD) ?? "[]");
  session.files.write(RECORD, JSON.stringify([...new Set([...before, ...names])]));
  await Promise.all(
    before
      .filter((name) => !names.includes(name))
      .map((name) => destroyHost(lab, { stack: session.name, name })),
  );
  await Promise.all(
    hosts.map(async ({ name, ipv4, ipv6, user, address }) => {
      const key = hostKey(session, name);
      const spec = {
        stack: session.name,
        name,
        ipv4,
        ipv6: ipv6 === undefined ? [] : [ipv6],
        sshHostKey: { private: sshPrivateKey(key), public: sshPublicKey(key) },
        authorizedKeys: [deployerKey],
        loginUser: user,
      };
      await bootHost(lab, spec, progress);
      await waitForSsh(lab, address, 90_000);
    }),
  );
  session.files.write(RECORD, JSON.stringify(names));
}

/** Removes every existing host that the lab booted for this stack. */
export async function destroyExistingHosts(lab: Lab, session: Session): Promise<void> {
  const before = ownJson<string[]>(session.files.read(RECORD) ?? "[]");
  await Promise.all(before.map((name) => destroyHost(lab, { stack: session.name, name })));
  session.files.write(RECORD, "[]");
}
