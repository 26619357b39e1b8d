import * as pulumi from "@pulumi/pulumi";
import { facetText } from "../compiler/render/facet";
import { CertificateAuthority } from "../compiler/identity/certificate";
import { deriveKey, KeyUse, parseSecret, secretId, type SecretKey } from "../compiler/identity/keys";
import type { SecretIds } from "../compiler/identity/trust";
import { sshPrivateKey, sshPublicKey } from "../compiler/identity/openssh";
import type { Inventory } from "../compiler/model";

/** A key pair in OpenSSH's formats; the private half is a Pulumi secret. */
export interface SshKey {
  privateKey: pulumi.Output<string>;
  publicKey: pulumi.Output<string>;
}

/** An environment's secrets as its config has them, each a Pulumi secret; the second two only while it is exchanged. */
export interface EnvironmentSecrets {
  secret: pulumi.Output<string>;
  nextSecret?: pulumi.Output<string> | undefined;
  previousSecret?: pulumi.Output<string> | undefined;
}

/**
 * What one secret gives for SSH. Private halves are Pulumi secrets; public halves are taken out of secrecy on purpose,
 * because one secret in a text would hide the whole text's diff.
 */
export class Access {
  /** The key with which the deployer logs in on every host. */
  readonly deployer: SshKey;
  private readonly hostKeys = new Map<string, SshKey>();

  constructor(
    private readonly environment: string,
    private readonly secret: pulumi.Output<string>,
  ) {
    this.deployer = this.sshKey({ use: "deployer" }, `palisade-deployer-${environment}`);
  }

  /** A cloud host's own SSH key, which is pinned. */
  hostKey(host: string): SshKey {
    const key = this.hostKeys.get(host) ?? this.sshKey({ use: "host-ssh", host }, "");
    this.hostKeys.set(host, key);
    return key;
  }

  private sshKey(use: KeyUse, comment: string): SshKey {
    const key = this.secret.apply((secret) => {
      const derived = deriveKey(parseSecret(secret), this.environment, use);
      return { private: sshPrivateKey(derived, comment), public: sshPublicKey(derived, comment) };
    });
    return { privateKey: pulumi.secret(key.private), publicKey: pulumi.unsecret(key.public) };
  }
}

/** The keys of an environment, all derived from its secret, and from a second one while it is exchanged. */
export class Identity {
  /** Of the secret in force. */
  readonly access: Access;
  /** Of the secret that was in force before: hosts are moved from it to the one in force. */
  readonly previous?: Access;
  /** Public keys of the deployer, a line each: more than one while the secret is exchanged. */
  readonly deployerKeys: pulumi.Output<string>;
  private readonly secret: pulumi.Output<string>;
  /** The other secret whose CA hosts trust; that in force where there is none. */
  private readonly other: pulumi.Output<string>;
  /** By secret: to make one takes a derivation and a signature, and every host asks for it. */
  private readonly known = new Map<string, Promise<CertificateAuthority>>();

  constructor(
    private readonly inventory: Pick<Inventory, "environment" | "certificateEpoch"> & SecretIds,
    { secret, nextSecret, previousSecret }: EnvironmentSecrets,
  ) {
    const { environment } = inventory;
    this.secret = this.fit("secret", secret);
    const next = nextSecret && this.fit("nextSecret", nextSecret);
    const previous = previousSecret && this.fit("previousSecret", previousSecret);
    this.other = next ?? previous ?? this.secret;
    this.access = new Access(environment, this.secret);
    if (previous !== undefined) this.previous = new Access(environment, previous);
    const second = this.previous ?? (next && new Access(environment, next));
    const keys = [this.access, ...(second === undefined ? [] : [second])];
    this.deployerKeys = pulumi
      .all(keys.map(({ deployer }) => deployer.publicKey))
      .apply((lines) => lines.join("\n"));
  }

  /** What a machine that is made now is given at its first boot: while hosts are moved it is moved like the others. */
  get firstBoot(): Access {
    return this.previous ?? this.access;
  }

  /** The certificate facet's text for a host, without its own certificate: known before the host is. */
  authorities(host: string): pulumi.Output<string> {
    const text = pulumi.all([this.secret, this.other]).apply(async ([secret, second]) => {
      const [authority, other] = await Promise.all([this.authority(secret), this.authority(second)]);
      return facetText(authority.facet(host, other));
    });
    return pulumi.unsecret(text);
  }

  /** The certificate, in PEM, of a host that answered `prepare` with this request. */
  certificate(host: string, request: pulumi.Output<string>): pulumi.Output<string> {
    const pem = pulumi.all([this.secret, request]).apply(async ([secret, requestPem]) => {
      const authority = await this.authority(secret);
      return authority.sign(host, requestPem, this.inventory.certificateEpoch);
    });
    return pulumi.unsecret(pem);
  }

  private authority(secret: string): Promise<CertificateAuthority> {
    const { environment } = this.inventory;
    const authority =
      this.known.get(secret) ??
      CertificateAuthority.create(environment, deriveKey(parseSecret(secret), environment, { use: "ca" }));
    this.known.set(secret, authority);
    return authority;
  }

  private fit(key: SecretKey, secret: pulumi.Output<string>): pulumi.Output<string> {
    return secret.apply((text) => fitSecret(key, text, this.inventory[`${key}Id`]));
  }
}

/**
 * The config says under review which secret this is, so that another environment's is noticed.
 * @throws pulumi.RunError, which Pulumi shows without a stack trace
 */
function fitSecret(key: SecretKey, text: string, knownBy: string | undefined): string {
  const id = secretId(readSecret(key, text));
  if (id === knownBy) return text;
  const told = knownBy === undefined ? "is not set" : `is ${knownBy}, which is another secret's`;
  throw new pulumi.RunError(
    `palisade:${key}Id ${told}; palisade:${key} is known by ${id}. If it is this environment's, set it with: pulumi config set --plaintext palisade:${key}Id ${id}`,
  );
}

function readSecret(key: SecretKey, text: string): Buffer {
  try {
    return parseSecret(text, key);
  } catch (error) {
    throw new pulumi.RunError(error instanceof Error ? error.message : String(error));
  }
}
