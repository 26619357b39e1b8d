import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { createHash, createPublicKey, webcrypto } from "node:crypto";
import type { Facet } from "../model";
import type { Ed25519Key } from "./keys";
import { identityOf } from "./name";

const ED25519 = { name: "Ed25519" };
/** How long a host's certificate is valid from its epoch, in days. */
export const CERTIFICATE_DAYS = 398;
const DAY = 24 * 60 * 60 * 1000;
/** The CA's own validity: fixed, because its certificate must be the same bytes at every run. */
const CA_VALIDITY = {
  notBefore: new Date("2025-01-01T00:00:00Z"),
  notAfter: new Date("2075-01-01T00:00:00Z"),
};

async function importKey(key: Ed25519Key): Promise<webcrypto.CryptoKeyPair> {
  const pkcs8 = key.privateKey.export({ format: "der", type: "pkcs8" });
  const spki = key.publicKey.export({ format: "der", type: "spki" });
  const [privateKey, publicKey] = await Promise.all([
    webcrypto.subtle.importKey("pkcs8", pkcs8, ED25519, true, ["sign"]),
    webcrypto.subtle.importKey("spki", spki, ED25519, true, ["verify"]),
  ]);
  return { privateKey, publicKey };
}

/** A positive 16-byte serial number (RFC 5280, section 4.1.2.2), a function of what it numbers. */
function serial(...parts: (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  const digest = hash.digest("hex").slice(0, 32);
  return `4${digest.slice(1)}`;
}

/**
 * Parses a host's request and checks that whoever made it holds the key. Its subject is not looked at: the name
 * in a certificate comes from the inventory alone.
 * @throws Error when it is no PKCS #10 request, its key is not Ed25519, or its signature is wrong
 */
async function requestedKey(pem: string): Promise<x509.PublicKey> {
  let request: x509.Pkcs10CertificateRequest;
  try {
    request = new x509.Pkcs10CertificateRequest(pem);
  } catch {
    throw new Error("the host's answer to `prepare` is not a certificate signing request");
  }
  const der = Buffer.from(request.publicKey.rawData);
  const type = createPublicKey({ key: der, format: "der", type: "spki" }).asymmetricKeyType;
  if (type !== "ed25519") throw new Error(`the host's request is for a key of type ${type}, not Ed25519`);
  if (!(await request.verify())) {
    throw new Error("the signature of the host's certificate signing request is wrong");
  }
  return request.publicKey;
}

/** An environment's certificate authority: certificates as a pure function of key, request and epoch. */
export class CertificateAuthority {
  private constructor(
    private readonly environment: string,
    private readonly keys: webcrypto.CryptoKeyPair,
    private readonly certificate: x509.X509Certificate,
  ) {}

  static async create(environment: string, key: Ed25519Key): Promise<CertificateAuthority> {
    const keys = await importKey(key);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: serial("ca", environment, key.publicBytes),
      name: `CN=Palisade CA of ${environment}`,
      ...CA_VALIDITY,
      signingAlgorithm: ED25519,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new CertificateAuthority(environment, keys, certificate);
  }

  /** The CA's own certificate, in PEM. */
  get pem(): string {
    return `${this.certificate.toString("pem").trim()}\n`;
  }

  /**
   * Signs a host's request: valid from a day before `epoch` (an ISO date), so that a clock that is behind still
   * accepts it, for {@link CERTIFICATE_DAYS} days.
   */
  async sign(host: string, requestPem: string, epoch: string): Promise<string> {
    const publicKey = await requestedKey(requestPem);
    const identity = identityOf(host, this.environment);
    const start = new Date(`${epoch}T00:00:00Z`).getTime();
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial("host", identity, epoch, Buffer.from(publicKey.rawData)),
      subject: `CN=${identity}`,
      issuer: this.certificate.subject,
      notBefore: new Date(start - DAY),
      notAfter: new Date(start + CERTIFICATE_DAYS * DAY),
      signingAlgorithm: ED25519,
      publicKey,
      signingKey: this.keys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.SubjectAlternativeNameExtension([{ type: "dns", value: identity }]),
        await x509.AuthorityKeyIdentifierExtension.create(this.keys.publicKey),
        await x509.SubjectKeyIdentifierExtension.create(publicKey),
      ],
    });
    return `${certificate.toString("pem").trim()}\n`;
  }

  /**
   * The certificate facet of a host: the CA's certificate, and that of the other CA which counts while the environment's
   * secret is exchanged. There is always one, so that what names the file does not change with it. The host's own is not
   * known before the host was asked, and comes beside the document; the host fills it in (`host/lib/push.sh`).
   */
  facet(host: string, other: CertificateAuthority = this): Facet {
    return {
      facet: "certificate",
      host,
      environment: this.environment,
      files: [
        { name: "host.pem", text: "" },
        { name: "ca.pem", text: this.pem },
        { name: "other-ca.pem", text: other.pem },
      ],
    };
  }
}
