import assert from "node:assert/strict";
import type { LabHost } from "../lab-host";

/** Certificates that name another host, by the file that holds each. The key of all of them is the attacker's. */
export const FORGED = {
  "self-signed.pem": "signed by itself",
  "own-authority.pem": "signed by a CA of its own, of the same name as the environment's",
  "leaf-as-authority.pem": "signed by the compromised host's own certificate",
  "altered.pem": "the other host's own certificate, with the key in it exchanged",
} as const;

/**
 * Makes certificates for the name of another host, with all that root of the attacker's host has.
 * @param identity the name
 * @param authority the name of the CA that the victim trusts
 * @param genuine the other host's certificate, which is no secret, in PEM
 */
export async function forge(
  attacker: LabHost,
  { identity, authority, genuine }: { identity: string; authority: string; genuine: string },
): Promise<void> {
  await attacker.text(`set -e
    cd /etc/swanctl
    openssl genpkey -algorithm ed25519 -out private/forged.pem
    openssl genpkey -algorithm ed25519 -out /root/authority.key
    openssl req -x509 -new -key /root/authority.key -subj '/CN=${authority}' -days 30 -out /root/authority.pem
    echo 'subjectAltName=DNS:${identity}' >/root/names
    openssl req -new -key private/forged.pem -subj '/CN=${identity}' -out /root/request.pem
    openssl req -x509 -new -key private/forged.pem -subj '/CN=${identity}' -days 30 \\
      -addext 'subjectAltName=DNS:${identity}' -out x509/self-signed.pem
    sign() { openssl x509 -req -in /root/request.pem -extfile /root/names -days 30 -CA "$1" -CAkey "$2" -CAcreateserial -out "$3"; }
    sign /root/authority.pem /root/authority.key x509/own-authority.pem
    sign x509/palisade.pem private/palisade.pem x509/leaf-as-authority.pem`);
  const key = await attacker.text("openssl pkey -in /etc/swanctl/private/forged.pem -pubout");
  await attacker.text("cat >/etc/swanctl/x509/altered.pem", withKey(genuine, key));
}

/** The certificate with another Ed25519 key in it, and a signature that no longer fits. */
function withKey(certificate: string, publicKey: string): string {
  const der = derOf(certificate);
  // RFC 8410: the key's 32 bytes come after its algorithm, in a bit string.
  const start = Buffer.from("06032b6570032100", "hex");
  const at = der.indexOf(start);
  assert.ok(at > 0, "it has no Ed25519 key");
  derOf(publicKey)
    .subarray(-32)
    .copy(der, at + start.length);
  const lines = der.toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
}
