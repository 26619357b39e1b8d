import * as pulumi from "@pulumi/pulumi";
import { installPackages, metadataForRoot } from "./first-boot";
import type { Identity } from "./identity";

/** What a cloud host needs at first boot so that only its deployer can reach it, and can be sure it is this host. */
export interface FirstBoot {
  host: string;
  environment: string;
  /** The host's own SSH key, in OpenSSH's formats. */
  sshHostKey: { privateKey: string; publicKey: string };
  /** The deployer's public key. */
  deployerKey: string;
}

/**
 * The shell script that cloud-init runs once, late enough to have the last word on host keys and root's
 * authorized_keys (cloud-init, module "scripts-user").
 */
export function userData(boot: FirstBoot): string {
  return `#!/bin/sh
# Palisade: first boot of ${boot.host} (${boot.environment})
set -eu
umask 077

rm -f /etc/ssh/ssh_host_*
cat >/etc/ssh/ssh_host_ed25519_key <<'END'
${boot.sshHostKey.privateKey.trimEnd()}
END
echo '${boot.sshHostKey.publicKey}' >/etc/ssh/ssh_host_ed25519_key.pub
mkdir -p /root/.ssh
echo '${boot.deployerKey}' >/root/.ssh/authorized_keys

umask 022
echo 'HostKey /etc/ssh/ssh_host_ed25519_key' >/etc/ssh/sshd_config.d/palisade-host-key.conf
echo '${boot.host}' >/etc/hostname
hostname '${boot.host}'
${metadataForRoot()}
systemctl --no-block try-restart ssh
${installPackages()}`;
}

/** The user data of a cloud host, secret because it holds the host's SSH key. */
export function secretUserData(identity: Identity, host: string, environment: string): pulumi.Output<string> {
  const { firstBoot } = identity;
  const { privateKey, publicKey } = firstBoot.hostKey(host);
  const script = pulumi
    .all([privateKey, publicKey, firstBoot.deployer.publicKey])
    .apply(([ownPrivate, ownPublic, deployerKey]) =>
      userData({
        host,
        environment,
        sshHostKey: { privateKey: ownPrivate, publicKey: ownPublic },
        deployerKey,
      }),
    );
  return pulumi.secret(script);
}
