import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CertificateAuthority } from "../../compiler/identity/certificate";
import { identityOf } from "../../compiler/identity/name";
import { PROJECT } from "../../lab/deploy/session";
import { authority, ENVIRONMENT, type BenchHost } from "../lab/hosts";

/** An account as the playbook's modules take it. */
interface Account {
  name: string;
  uid: number;
  group: string;
  /** Beyond the first. */
  groups: string[];
  comment: string;
  home: string;
  shell: string;
}

/** A host's accounts, as variables of the playbook. */
export interface AccountVariables {
  account_groups: { name: string; gid: number }[];
  accounts: Account[];
  account_keys: Record<string, string>;
}

/** The accounts of a host's rendered files (passwd(5), group(5), and keys with their owner before them). */
export function accountVariables(files: ReadonlyMap<string, string>): AccountVariables {
  const lines = (name: string): string[] => (files.get(name) ?? "").split("\n").filter((line) => line !== "");
  const groups = lines("group").map((line) => {
    const [name = "", , gid, members = ""] = line.split(":");
    return { name, gid: Number(gid), members: members.split(",") };
  });
  const accounts = lines("passwd").map((line) => {
    const [name = "", , uid, gid, comment = "", home = "", shell = ""] = line.split(":");
    return {
      ...{ name, uid: Number(uid), comment, home, shell },
      group: groups.find((group) => group.gid === Number(gid))?.name ?? "",
      groups: groups.filter(({ members }) => members.includes(name)).map((group) => group.name),
    };
  });
  const account_keys: Record<string, string> = {};
  for (const line of lines("keys")) {
    const space = line.indexOf(" ");
    const name = line.slice(0, space);
    account_keys[name] = `${account_keys[name] ?? ""}${line.slice(space + 1)}\n`;
  }
  return { account_groups: groups.map(({ name, gid }) => ({ name, gid })), accounts, account_keys };
}

/** Of a host's rendered files those that the playbook copies as they are. */
const COPIED = ["ipset", "rules.v4", "rules.v6", "swanctl.conf", "sudoers"];

/** Writes what the playbook reads, its inventory among it: all that it does not get from a host. */
export async function writeInputs(
  folder: string,
  hosts: readonly BenchHost[],
  rendered: ReadonlyMap<string, ReadonlyMap<string, string>>,
  login: { keyFile: string; knownHosts: string },
): Promise<void> {
  const inputs = join(folder, "inputs");
  const certificates = join(folder, "certificates");
  mkdirSync(certificates, { recursive: true });
  for (const { name } of hosts) {
    mkdirSync(join(inputs, name), { recursive: true });
    for (const file of COPIED) writeFileSync(join(inputs, name, file), rendered.get(name)?.get(file) ?? "");
    writeFileSync(join(inputs, name, "extensions"), extensions(identityOf(name, ENVIRONMENT)));
  }
  writeFileSync(join(inputs, "sshd.conf"), readFileSync(join(PROJECT, "host", "sshd.conf"), "utf8"));
  const ca = await CertificateAuthority.create(ENVIRONMENT, authority());
  writeFileSync(join(inputs, "ca.pem"), ca.pem);
  const key = authority().privateKey.export({ format: "pem", type: "pkcs8" });
  writeFileSync(join(inputs, "ca-key.pem"), key, { mode: 0o600 });
  const inventory = {
    all: {
      vars: {
        ...{ inputs, certificates, iptables: "iptables-legacy", ip6tables: "ip6tables-legacy" },
        ...{ ansible_user: "root", ansible_ssh_private_key_file: login.keyFile },
        ansible_ssh_common_args: `-F none -o UserKnownHostsFile=${login.knownHosts} -o IdentitiesOnly=yes`,
      },
      hosts: Object.fromEntries(
        hosts.map(({ name, ipv6 }) => [
          name,
          {
            ...{ ansible_host: ipv6, identity: identityOf(name, ENVIRONMENT) },
            ...accountVariables(rendered.get(name) ?? new Map<string, string>()),
          },
        ]),
      ),
    },
  };
  // JSON is YAML.
  writeFileSync(join(folder, "inventory.yml"), `${JSON.stringify(inventory, null, 2)}\n`);
}

/** What a host's certificate says beside its name (x509v3_config(5)), as Palisade's own do. */
function extensions(identity: string): string {
  return [
    "basicConstraints = critical, CA:FALSE",
    "keyUsage = critical, digitalSignature",
    `subjectAltName = DNS:${identity}`,
    "authorityKeyIdentifier = keyid",
    "subjectKeyIdentifier = hash",
    "",
  ].join("\n");
}
