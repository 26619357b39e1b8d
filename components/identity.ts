import * as pulumi from "@pulumi/pulumi";
import { facetText } from "../compiler/render/facet";
import { CertificateAuthority } from "../compiler/identity/certificate";
import { deriveKey, KeyUse, parseSecret } from "../compiler/identity/keys";
import { sshPrivateKey, sshPublicKey } from "../compiler/identity/openssh";

/**
 * The keys of an environment, all derived from its one secret. Private halves are Pulumi secrets; public halves
 * are taken out of secrecy on purpose, because one secret in a text would hide the whole text's diff.
 */
export class Identity {
  private readonly secret: pulumi.Output<string>;

  constructor(
    private readonly environment: string,
    private readonly certificateEpoch: string,
    secret: pulumi.Output<string>,
  ) {
    this.secret = secret.apply(fitSecret);
  }

  /** The key with which the deployer logs in on every host. */
  get deployer(): { privateKey: pulumi.Output<string>; publicKey: pulumi.Output<string> } {
    return this.sshKey({ use: "deployer" }, `palisade-deployer-${this.environment}`);
  }

  /** A cloud host's own SSH key, given to it at first boot and pinned from then on. */
  sshHostKey(host: string): { privateKey: pulumi.Output<string>; publicKey: pulumi.Output<string> } {
    return this.sshKey({ use: "host-ssh", host }, "");
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

  private sshKey(use: KeyUse, comment: string) {
    const key = this.secret.apply((secret) => {
      const derived = deriveKey(parseSecret(secret), this.environment, use);
      return { private: sshPrivateKey(derived, comment), public: sshPublicKey(derived, comment) };
    });
    return { privateKey: pulumi.secret(key.private), publicKey: pulumi.unsecret(key.public) };
  }
}

/** @throws pulumi.RunError, which Pulumi shows without a stack trace */
function fitSecret(text: string): string {
  try {
    parseSecret(text);
    return text;
  } catch (error) {
    throw new pulumi.RunError(error instanceof Error ? error.message : String(error));
  }
}
