/** Secrets at rest (AES-256-GCM under a key from the passphrase) and secrets kept out of messages. */
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from "node:crypto";

const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CHECK_TEXT = "palisade-lab";
const CHECK_PLACE = "check";

/** What a state file says about its encryption; nothing in it is secret. */
export interface VaultHeader {
  /** 16 random bytes in base64, for scrypt. */
  salt: string;
  /** A known text, encrypted, by which a wrong passphrase is told. */
  check: string;
}

/** Encrypts and decrypts a stack's secret values. Each ciphertext is bound to the place it stands in. */
export class Vault {
  /** Ciphertexts by place, so that an unchanged secret leaves the file unchanged. */
  private readonly written = new Map<string, { plain: string; sealed: string }>();

  private constructor(
    private readonly key: Buffer,
    readonly header: VaultHeader,
  ) {}

  static create(passphrase: string): Vault {
    const salt = randomBytes(16);
    const key = deriveKey(passphrase, salt);
    return new Vault(key, { salt: salt.toString("base64"), check: seal(key, CHECK_TEXT, CHECK_PLACE) });
  }

  /** Throws when the passphrase is not the one the header was made with. */
  static open(passphrase: string, header: VaultHeader): Vault {
    const key = deriveKey(passphrase, Buffer.from(header.salt, "base64"));
    try {
      if (unseal(key, header.check, CHECK_PLACE) === CHECK_TEXT) return new Vault(key, header);
    } catch {
      // Told below: authentication fails under another key.
    }
    throw new Error("the passphrase is not the one this state was encrypted with");
  }

  encrypt(plain: string, place: string): string {
    const known = this.written.get(place);
    if (known?.plain === plain) return known.sealed;
    const sealed = seal(this.key, plain, place);
    this.written.set(place, { plain, sealed });
    return sealed;
  }

  /** Throws when the text was altered, or moved from another place. */
  decrypt(sealed: string, place: string): string {
    const plain = unseal(this.key, sealed, place);
    this.written.set(place, { plain, sealed });
    return plain;
  }
}

function deriveKey(passphrase: string, salt: Buffer): Buffer {
  return scryptSync(passphrase, salt, 32, SCRYPT);
}

function seal(key: Buffer, plain: string, place: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(place));
  const text = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, text, cipher.getAuthTag()]).toString("base64");
}

function unseal(key: Buffer, sealed: string, place: string): string {
  const bytes = Buffer.from(sealed, "base64");
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const text = bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(place));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  return Buffer.concat([decipher.update(text), decipher.final()]).toString("utf8");
}
