/** Every guardrail, in the order in which docs/security.md lists them. */
import type { Policies } from "@pulumi/policy";
import { certificatesEnding, certificatesValid } from "./certificates";
import { noIpsecFromAnywhere, noSshFromAnywhere, noWideAdmission } from "./admissions";
import { disksEncrypted } from "./disks";
import { environmentMatchesStack, oneEnvironment } from "./environment";
import { everyHostConfigured } from "./host-configs";
import { hostKeysPinned } from "./host-keys";
import { imdsV2Only } from "./imds";
import { everyLinodeFirewalled } from "./linode-firewalls";
import { noSecretInOutputs } from "./outputs";
import { referencesInsideEnvironment } from "./references";

/** @param today by which certificates are judged */
export function guardrails(today: Date): Policies {
  return [
    noSshFromAnywhere,
    noWideAdmission,
    noIpsecFromAnywhere,
    imdsV2Only,
    disksEncrypted,
    everyHostConfigured,
    everyLinodeFirewalled,
    hostKeysPinned,
    noSecretInOutputs,
    environmentMatchesStack,
    oneEnvironment,
    referencesInsideEnvironment,
    certificatesValid(today),
    certificatesEnding(today),
  ];
}
