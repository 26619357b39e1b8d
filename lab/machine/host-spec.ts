import { createHash } from "node:crypto";
import ipaddr from "ipaddr.js";
import { type Lab, NAME, shortHash } from "./lab";
import type { NetworkName } from "./network";

/** Which host is meant: names are unique within a stack, and stacks share the lab. */
export interface HostId {
  stack: string;
  name: string;
}

/** A host as its owner (a cloud, or whoever has an existing server) wants it. */
export interface HostSpec extends HostId {
  ipv4?: string;
  ipv6: string[];
  /** Absent: near. */
  network?: NetworkName;
  /** A script beginning with `#!`, run as root exactly once, at the first boot and before sshd. */
  userData?: string;
  /** OpenSSH ed25519 key pair; without it the host makes its own at the first boot. */
  sshHostKey?: { private: string; public: string };
  /** Public keys that may log in as `loginUser`, at the first boot. */
  authorizedKeys?: string[];
  /** `root` (default), or an account with password-less sudo that the host gets, as cloud images have. */
  loginUser?: string;
  /** Default 256; below 128 systemd and strongSwan do not fit. */
  memoryMiB?: number;
}

export const DEFAULT_MEMORY_MIB = 256;

/** `STACK.HOST`, the name of the host's folder. */
export function hostKey(id: HostId): string {
  return `${id.stack}.${id.name}`;
}

/** The host's tag in the names of its kernel and network card, which have room for few letters. */
export function hostTag(id: HostId): string {
  return shortHash(hostKey(id), 8);
}

/** Throws one error that names everything that is wrong with the wish. */
export function checkSpec(spec: HostSpec): void {
  const wrong: string[] = [];
  if (!NAME.test(spec.name)) wrong.push(`name "${spec.name}"`);
  if (!/^[a-z][a-z0-9_-]{0,40}$/.test(spec.stack)) wrong.push(`stack "${spec.stack}"`);
  if (spec.ipv4 !== undefined && !ipaddr.IPv4.isValidFourPartDecimal(spec.ipv4))
    wrong.push(`ipv4 "${spec.ipv4}"`);
  for (const address of spec.ipv6) if (!ipaddr.IPv6.isValid(address)) wrong.push(`ipv6 "${address}"`);
  if (spec.ipv4 === undefined && spec.ipv6.length === 0) wrong.push("no address at all");
  if (spec.userData !== undefined && !spec.userData.startsWith("#!"))
    wrong.push("user data that is no #! script");
  if (spec.loginUser !== undefined && !/^[a-z][a-z0-9-]{0,30}$/.test(spec.loginUser)) wrong.push("loginUser");
  for (const key of spec.authorizedKeys ?? [])
    if (/[\r\n]/.test(key.trim())) wrong.push("an authorised key of two lines");
  const memory = spec.memoryMiB ?? DEFAULT_MEMORY_MIB;
  if (!Number.isInteger(memory) || memory < 128) wrong.push(`memory of ${memory} MiB (at least 128)`);
  if (wrong.length > 0) throw new Error(`host ${hostKey(spec)} can't be: ${wrong.join(", ")}`);
}

/** The files that tell the host's first process who it is, by name. */
export function metaFiles(spec: HostSpec): Map<string, string> {
  const addresses = [
    ...(spec.ipv4 === undefined ? [] : [`${spec.ipv4}/32`]),
    ...spec.ipv6.map((a) => `${a}/128`),
  ];
  const files = new Map([
    ["hostname", `${spec.name}\n`],
    ["addresses", addresses.map((address) => `${address}\n`).join("")],
  ]);
  if (spec.authorizedKeys !== undefined || spec.loginUser !== undefined) {
    files.set("login", `${spec.loginUser ?? "root"}\n`);
    files.set("authorized_keys", (spec.authorizedKeys ?? []).map((key) => `${key.trim()}\n`).join(""));
  }
  if (spec.sshHostKey !== undefined) {
    files.set("ssh_host_ed25519_key", withNewline(spec.sshHostKey.private));
    files.set("ssh_host_ed25519_key.pub", withNewline(spec.sshHostKey.public));
  }
  if (spec.userData !== undefined) files.set("user-data", spec.userData);
  return files;
}

/** Two wishes with the same fingerprint make the same host. */
export function fingerprint(spec: HostSpec, lab: Lab): string {
  const memory = spec.memoryMiB ?? DEFAULT_MEMORY_MIB;
  const text = JSON.stringify([lab.name, memory, spec.network ?? "near", [...metaFiles(spec)].sort()]);
  return createHash("sha256").update(text).digest("hex");
}

function withNewline(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
