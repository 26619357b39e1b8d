import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { deriveKey, parseSecret } from "../../../../compiler/identity/keys";
import { ownJson } from "../../../../lab/deploy/own-data";
import { hostPaths } from "../../../../lab/machine/host-record";
import type { Checkout } from "../checkout";
import type { LabHost } from "../lab-host";
import { labOf } from "../people";

/** Something that must not be found, in each form in which it could be kept. */
export interface Secret {
  what: string;
  forms: Buffer[];
}

/** 32 bytes as they are, as hexadecimal digits and as base64, wherever in a longer text they begin. */
function inEveryForm(what: string, bytes: Buffer): Secret {
  const encoded = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    // The first and the last digits depend on what stands beside the bytes.
    return Buffer.from(text.slice(before === 0 ? 0 : 4, 40));
  });
  return { what, forms: [bytes, Buffer.from(bytes.toString("hex")), ...encoded] };
}

/**
 * The keys that an environment's secret gives, and the secret.
 * @param hosts those whose SSH host keys are meant
 */
export function environmentSecrets(environment: string, text: string, hosts: readonly string[]): Secret[] {
  const secret = parseSecret(text);
  const seed = (use: Parameters<typeof deriveKey>[2]) => deriveKey(secret, environment, use).seed;
  return [
    inEveryForm(`${environment}'s secret`, secret),
    inEveryForm(`${environment}'s CA key`, seed({ use: "ca" })),
    inEveryForm(`${environment}'s deployer's key`, seed({ use: "deployer" })),
    ...hosts.map((host) =>
      inEveryForm(`${environment}'s ${host}'s SSH host key`, seed({ use: "host-ssh", host })),
    ),
  ];
}

/** The keys that hosts made for their connections, which only they have. */
export async function linkKeys(environment: string, hosts: ReadonlyMap<string, LabHost>): Promise<Secret[]> {
  return Promise.all(
    [...hosts.values()].map(async (host) => {
      const pem = await host.text("cat /etc/swanctl/private/palisade.pem");
      const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
      return inEveryForm(`${environment}'s ${host.name}'s IPsec key`, der.subarray(-32));
    }),
  );
}

/** The passwords that the lab made up for people of a stack, and the hashes that their hosts get. */
export function passwordSecrets(checkout: Checkout, stack: string): Secret[] {
  const text = labOf(checkout, stack).files.read("passwords.json") ?? "{}";
  return Object.entries(ownJson<Record<string, { password: string; hash: string }>>(text)).flatMap(
    ([person, { password, hash }]) => [
      { what: `${person}'s password`, forms: [Buffer.from(password)] },
      { what: `the hash of ${person}'s password`, forms: [Buffer.from(hash.slice(0, LONGEST))] },
    ],
  );
}

/** The environment's secret, which the lab made for the checkout. */
export function secretOf(checkout: Checkout, environment: string): string {
  const { lab } = labOf(checkout, environment);
  return readFileSync(join(lab.folder, "environments", environment, "secret"), "utf8").trim();
}

/** The disk of a host, as a file. */
export function diskOf(checkout: Checkout, stack: string, name: string): string {
  return hostPaths(labOf(checkout, stack).lab, { stack, name }).disk;
}

const CHUNK = 1 << 20;
const LONGEST = 64;

/** What of these a file holds anywhere, be it a disk: what was deleted there is found too. */
export function foundIn(file: string, secrets: readonly Secret[]): string[] {
  const found = new Set<string>();
  const nothing = Buffer.alloc(CHUNK);
  const block = Buffer.alloc(LONGEST + CHUNK);
  const descriptor = openSync(file, "r");
  for (;;) {
    const length = readSync(descriptor, block, LONGEST, CHUNK, null);
    if (length === 0) break;
    const text = block.subarray(0, LONGEST + length);
    if (!text.subarray(LONGEST).equals(nothing)) {
      for (const { what, forms } of secrets) if (forms.some((form) => text.includes(form))) found.add(what);
    }
    // What lies across the edge of two chunks is found with the second.
    text.copy(block, 0, length);
  }
  closeSync(descriptor);
  return [...found].sort();
}
