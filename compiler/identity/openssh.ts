import { createHash } from "node:crypto";
import type { Ed25519Key } from "./keys";

/*
 * OpenSSH's own formats. Libraries that write them put random bytes into the private one, and a host's user data
 * must be the same at every run; sshd before OpenSSH 9.6 reads no other format for Ed25519.
 * Source: PROTOCOL.key in OpenSSH; RFC 4251, section 5 for the encoding; RFC 8709 for the key type.
 */

const TYPE = "ssh-ed25519";

type PublicKey = Pick<Ed25519Key, "publicBytes">;

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function string(value: Buffer | string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function publicBlob(key: PublicKey): Buffer {
  return Buffer.concat([string(TYPE), string(key.publicBytes)]);
}

/** The public key as in authorized_keys and known_hosts: `ssh-ed25519 AAAA… comment`. */
export function sshPublicKey(key: PublicKey, comment = ""): string {
  return `${TYPE} ${publicBlob(key).toString("base64")}${comment === "" ? "" : ` ${comment}`}`;
}

/** The unencrypted private key in OpenSSH's format, the same bytes for the same key and comment. */
export function sshPrivateKey(key: Ed25519Key, comment = ""): string {
  const check = createHash("sha256").update(key.publicBytes).digest().subarray(0, 4);
  const secrets = Buffer.concat([
    check,
    check,
    string(TYPE),
    string(key.publicBytes),
    string(Buffer.concat([key.seed, key.publicBytes])),
    string(comment),
  ]);
  const blockSize = 8;
  const padding = Buffer.from(
    Array.from({ length: (blockSize - (secrets.length % blockSize)) % blockSize }, (_, index) => index + 1),
  );
  const body = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    string("none"),
    string("none"),
    string(""),
    uint32(1),
    string(publicBlob(key)),
    string(Buffer.concat([secrets, padding])),
  ]);
  const lines = body.toString("base64").match(/.{1,70}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join(
    "\n",
  );
}
