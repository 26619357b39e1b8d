import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import type { ResourceValidationArgs, ResourceValidationPolicy } from "@pulumi/policy";
import { at, read, text } from "./reading";
import { stackOf } from "./stack";

const DAY = 24 * 60 * 60 * 1000;
/** Days before its end from which a certificate is reported. */
export const WARNING_DAYS = 30;

interface Validity {
  subject: string;
  begins: Date;
  ends: Date;
}

/**
 * Certificates that a command carries to a host, the CAs' in its document and the host's own as an argument; none where
 * they are not known yet.
 */
function certificatesOf({ type, props }: ResourceValidationArgs): Validity[] {
  if (type !== "command:remote:Command") return [];
  const inputs = read(props);
  const stdin = text(at(inputs, "stdin")) ?? "";
  const blocks = stdin.match(/^-----BEGIN CERTIFICATE-----\n[\w+/=\n]+^-----END CERTIFICATE-----$/gm) ?? [];
  const own = / --certificate (\S+)/.exec(text(at(inputs, "create")) ?? "")?.slice(1) ?? [];
  return [...own, ...blocks].map((pem) => {
    const { subject, notBefore, notAfter } = new x509.X509Certificate(pem);
    return { subject, begins: notBefore, ends: notAfter };
  });
}

function date(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** How to mend it, which the config's one key does for all hosts at once. */
function remedy(urn: string, today: Date): string {
  return `set palisade:certificateEpoch to "${date(today)}" in Pulumi.${stackOf(urn)}.yaml`;
}

/** A certificate that is over, or not begun, takes the host's links down at their next rekeying. */
export function certificatesValid(today: Date): ResourceValidationPolicy {
  return {
    name: "certificates-valid",
    description: "No host is given a certificate that is not valid today.",
    enforcementLevel: "mandatory",
    validateResource: (args, report) => {
      for (const { subject, begins, ends } of certificatesOf(args)) {
        const fault =
          ends < today
            ? `ended on ${date(ends)}`
            : begins > today
              ? `begins only on ${date(begins)}`
              : undefined;
        if (fault === undefined) continue;
        report(`${args.name}: the certificate of ${subject} ${fault}; ${remedy(args.urn, today)}`);
      }
    },
  };
}

/** Only a warning: it must not hold up the urgent change of a rule. */
export function certificatesEnding(today: Date): ResourceValidationPolicy {
  return {
    name: "certificates-ending",
    description: `Certificates have at least ${WARNING_DAYS} days left.`,
    enforcementLevel: "advisory",
    validateResource: (args, report) => {
      for (const { subject, ends } of certificatesOf(args)) {
        const days = Math.floor((ends.getTime() - today.getTime()) / DAY);
        if (days < 0 || days >= WARNING_DAYS) continue;
        const left = `ends on ${date(ends)}, in ${days} days`;
        report(`${args.name}: the certificate of ${subject} ${left}; ${remedy(args.urn, today)}`);
      }
    },
  };
}
