import * as pulumi from "@pulumi/pulumi";
import { facetText } from "../compiler/render/facet";
import { CertificateAuthority } from "../compiler/identity/certificate";
import { deriveKey, KeyUse, parseSecret, secretId } from "../compiler/identity/keys";
import { sshPrivateKey, sshPublicKey } from "../compiler/identity/openssh";

/** A key pair in OpenSSH's formats; the private half is a Pulumi secret. */
export interface SshKey {
  privateKey: pulumi.Output<string>;
  publicKey: pulumi.Output<string>;
}

/**
 * The keys of an environment, all derived from its one secret. Private halves are Pulumi secrets; public halves
 * are taken out of secrecy on purpose, because one secret in a text would hide the whole text's diff.
 */
export class Identity {
  /** The key with which the deployer logs in on every host. */
  readonly deployer: SshKey;
  private readonly secret: pulumi.Output<string>;
  private readonly hostKeys = new Map<string, SshKey>();

  constructor(
    private readonly environment: string,
    private readonly certificateEpoch: string,
    secret: pulumi.Output<string>,
    knownBy: string | undefined,
  ) {
    this.secret = secret.apply((text) => fitSecret(text, knownBy));
    this.deployer = this.sshKey({ use: "deployer" }, `palisade-deployer-${environment}`);
  }

  /** A cloud host's own SSH key, given to it at first boot and pinned from then on. */
  sshHostKey(host: string): SshKey {
    const key = this.hostKeys.get(host) ?? this.sshKey({ use: "host-ssh", host }, "");
    this.hostKeys.set(host, key);
    return key;
  }

  /** The certificate facet's text for a host that answered `prepare` with this request. */
  certificate(host: string, request: pulumi.Output<string>): pulumi.Output<string> {
    const text = pulumi.all([this.secret, request]).apply(async ([secret, pem]) => {
      const authority = await CertificateAuthority.create(
        this.environment,
        deriveKey(parseSecret(secret), this.environment, { use: "ca" }),
      );
      return facetText(await authority.facet(host, pem, this.certificateEpoch));
    });
    return pulumi.unsecret(text);
  }

  private sshKey(use: KeyUse, comment: string): SshKey {
    const key = this.secret.apply((secret) => {
      const derived = deriveKey(parseSecret(secret), this.environment, use);
      return { private: sshPrivateKey(derived, comment), public: sshPublicKey(derived, comment) };
    });
    return { privateKey: pulumi.secret(key.private), publicKey: pulumi.unsecret(key.public) };
  }
}

/**
 * The config says under review which secret this is, so that another environment's is noticed.
 * @throws pulumi.RunError, which Pulumi shows without a stack trace
 */
function fitSecret(text: string, knownBy: string | undefined): string {
  const id = secretId(readSecret(text));
  if (id === knownBy) return text;
  const told = knownBy === undefined ? "is not set" : `is ${knownBy}, which is another secret's`;
  throw new pulumi.RunError(
    `palisade:secretId ${told}; palisade:secret is known by ${id}. If it is this environment's, set it with: pulumi config set --plaintext palisade:secretId ${id}`,
  );
}

function readSecret(text: string): Buffer {
  try {
    return parseSecret(text);
  } catch (error) {
    throw new pulumi.RunError(error instanceof Error ? error.message : String(error));
  }
}
