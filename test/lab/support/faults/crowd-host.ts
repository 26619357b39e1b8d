import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { range } from "lodash";
import { CertificateAuthority } from "../../../../compiler/identity/certificate";
import { deriveKey, parseSecret } from "../../../../compiler/identity/keys";
import { sshPrivateKey, sshPublicKey } from "../../../../compiler/identity/openssh";
import { sshCommand } from "../../../../fleet/ssh";
import { bootHost, destroyHost, inNamespace, waitForSsh } from "../../../../lab/machine";
import { secretOf } from "../attack/secrets";
import { LabHost } from "../lab-host";
import { labOf } from "../people";
import type { World } from "./world";

/** One of many peers that share a kernel and a charon. */
interface Guest {
  name: string;
  address: string;
}

export const guests = (count: number): Guest[] =>
  range(1, count + 1).map((number) => ({
    name: `guest-${number}`,
    address: `2001:db8:c000:1::${number.toString(16)}`,
  }));

const ID = { stack: "crowd", name: "crowd" };
const BOOT_MS = 120_000;
const EPOCH = "2026-11-01";
/** Of a host that lives for minutes, in a network that nothing leaves. */
const SSH_HOST_KEY = deriveKey(Buffer.alloc(32, 5), "lab", { use: "host-ssh", host: ID.name });

const hostLine = ({ name, address }: Guest): string =>
  `    - { name: ${name}, on: existing, groups: [web], address: ["${address}"], hostKey: ${sshPublicKey(SSH_HOST_KEY)} }\n`;

/** A stack's config with the guests at the end of its hosts. */
export const withGuests = (config: string, crowd: readonly Guest[]): string =>
  config.replace(
    /palisade:hosts:[\s\S]*?(?= {2}palisade:)/,
    (hosts) => `${hosts.trimEnd()}\n${crowd.map(hostLine).join("")}`,
  );

/**
 * Boots a host that is all of the guests: it has the address, a certificate and the connections of each, as rendered for
 * it. To a peer each is a host of its own.
 * @param rendered the folder that `palisade render` wrote
 */
export async function bootCrowd(world: World, crowd: readonly Guest[], rendered: string): Promise<LabHost> {
  const ipv6 = crowd.map(({ address }) => address);
  const [address = ""] = ipv6;
  await bootHost(world.lab, {
    ...{ ...ID, ipv6 },
    sshHostKey: { private: sshPrivateKey(SSH_HOST_KEY), public: sshPublicKey(SSH_HOST_KEY) },
    authorizedKeys: [sshPublicKey(deriveKey(environmentSecret(world), "dev", { use: "deployer" }))],
  });
  await waitForSsh(world.lab, address, BOOT_MS);
  const host = loginOf(world, address);
  await host.text("sh -es", await setUp(world, host, crowd, rendered));
  return host;
}

export const destroyCrowd = (world: World): Promise<void> => destroyHost(world.lab, ID);

const environmentSecret = (world: World): Buffer => parseSecret(secretOf(world.checkout, "dev"));

function loginOf(world: World, address: string): LabHost {
  const { files } = labOf(world.checkout, "dev");
  const endpoint = { host: address, user: "root", hostKey: sshPublicKey(SSH_HOST_KEY) };
  const addresses = { ipv6: address };
  const deployed = { name: ID.name, groups: [], addresses, endpoint };
  const login = { user: "root", keyFile: files.path("deployer-key") };
  const prefix = inNamespace(world.lab, sshCommand(files, deployed, login, { batch: true }));
  return new LabHost(ID.name, addresses, prefix);
}

/** The commands that give the host all of the guests' certificates and connections. */
async function setUp(
  world: World,
  host: LabHost,
  crowd: readonly Guest[],
  rendered: string,
): Promise<string> {
  const request = await host.text(
    `openssl genpkey -algorithm ed25519 -out /etc/swanctl/private/crowd.pem &&
     openssl req -new -key /etc/swanctl/private/crowd.pem -subj /CN=crowd`,
  );
  const authority = await CertificateAuthority.create(
    "dev",
    deriveKey(environmentSecret(world), "dev", { use: "ca" }),
  );
  const files = new Map([
    ["/etc/strongswan.d/palisade.conf", world.checkout.read("host/charon.conf")],
    ["/etc/swanctl/x509ca/palisade-ca.pem", authority.pem],
    ["/etc/swanctl/x509ca/palisade-other-ca.pem", authority.pem],
  ]);
  const connections: string[] = [];
  for (const { name } of crowd) {
    files.set(`/etc/swanctl/x509/${name}.pem`, await authority.sign(name, request, EPOCH));
    connections.push(connectionsOf(name, readFileSync(join(rendered, name, "ipsec.txt"), "utf8")));
  }
  files.set("/etc/swanctl/conf.d/crowd.conf", connections.join("\n"));
  const write = [...files].map(([path, text]) => `cat >${path} <<'EOF'\n${text}\nEOF\n`);
  return `mkdir -p /etc/strongswan.d\n${write.join("")}systemctl restart strongswan\n`;
}

/** A guest's connections under names of its own, with its own certificate. */
function connectionsOf(name: string, document: string): string {
  const text = /^#=== file swanctl\.conf\n([\s\S]*)^#=== end$/m.exec(document)?.[1];
  assert.ok(text !== undefined, document);
  return text
    .replaceAll("palisade-peer", `peer-of-${name}`)
    .replace("certs = palisade.pem", `certs = ${name}.pem`)
    .replaceAll(/^ {2}(\S+_v6) : /gm, `  ${name}-$1 : `);
}
