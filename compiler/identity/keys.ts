import { createPrivateKey, createPublicKey, hkdfSync, KeyObject } from "node:crypto";

/** Length of an environment's secret, in bytes. */
export const SECRET_BYTES = 32;

/**
 * What a secret is known by in config under review: it tells nothing of the secret (HKDF-SHA256, RFC 5869), and is
 * the same in whatever environment the secret is used, so that one used in two is noticed.
 * @returns 16 hexadecimal digits
 */
export function secretId(secret: Buffer): string {
  return Buffer.from(hkdfSync("sha256", secret, "palisade", "palisade/1/secret-id", 8)).toString("hex");
}

/** The keys of a stack's config that hold a secret, without `palisade:`. */
export const SECRET_KEYS = ["secret", "nextSecret", "previousSecret"] as const;
export type SecretKey = (typeof SECRET_KEYS)[number];

/** The command by which a stack gets a new secret. */
export function setSecret(key: SecretKey): string {
  return `openssl rand -base64 32 | pulumi config set --secret palisade:${key}`;
}

/** What a key is for; each use has an HKDF label of its own, so no two uses share a key. */
export type KeyUse = { use: "ca" } | { use: "deployer" } | { use: "host-ssh"; host: string };

/**
 * Reads an environment's secret as `pulumi config set --secret palisade:secret` holds it.
 * @param text 32 random bytes in base64 (`openssl rand -base64 32`)
 * @param key where it stands, for the message
 * @throws Error that says what is expected and never quotes the value
 */
export function parseSecret(text: string, key: SecretKey = "secret"): Buffer {
  const secret = Buffer.from(text.trim(), "base64");
  if (secret.length !== SECRET_BYTES || secret.toString("base64") !== text.trim()) {
    throw new Error(
      `palisade:${key} must be ${SECRET_BYTES} random bytes in base64; set it with: ${setSecret(key)}`,
    );
  }
  return secret;
}

function label(key: KeyUse): string {
  switch (key.use) {
    case "ca":
      return "ca";
    case "deployer":
      return "deployer-ssh";
    case "host-ssh":
      return `host-ssh:${key.host}`;
    default: {
      const exhaustive: never = key;
      return exhaustive;
    }
  }
}

/** DER of a PKCS #8 Ed25519 private key up to its 32-byte seed (RFC 8410, section 7). */
const PKCS8_ED25519_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** An Ed25519 key pair as raw bytes and as Node's key objects. */
export interface Ed25519Key {
  seed: Buffer;
  publicBytes: Buffer;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/**
 * Derives one of an environment's keys: HKDF-SHA256 (RFC 5869) of its secret, with the environment as salt and
 * the use as info. The same arguments always give the same key.
 */
export function deriveKey(secret: Buffer, environment: string, use: KeyUse): Ed25519Key {
  const seed = Buffer.from(
    hkdfSync("sha256", secret, `palisade:${environment}`, `palisade/1/${label(use)}`, 32),
  );
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_ED25519_PREFIX, seed]),
    format: "der",
    type: "pkcs8",
  });
  const publicKey = createPublicKey(privateKey);
  const spki = publicKey.export({ format: "der", type: "spki" });
  return { seed, publicBytes: spki.subarray(spki.length - 32), privateKey, publicKey };
}
