import type { ResourceValidationArgs, ResourceValidationPolicy } from "@pulumi/policy";
import { type Admission, admits, admitsIpsec, openSource, portCount } from "./admission";
import { cloudAdmissions } from "./cloud-firewalls";
import { hostAdmissions } from "./host-firewall";
import { at, read, text } from "./reading";

const SSH = 22;
/** The most ports that one rule may open to everybody. */
export const MOST_OPEN_PORTS = 100;

function admissionsOf({ type, props }: ResourceValidationArgs): Admission[] {
  if (type === "command:remote:Command") return hostAdmissions(text(at(read(props), "stdin")) ?? "");
  return type.startsWith("aws:") || type.startsWith("linode:") ? cloudAdmissions(type, read(props)) : [];
}

/** SSH is for the bastion's networks and the failsafe. */
export const noSshFromAnywhere: ResourceValidationPolicy = {
  name: "no-ssh-from-anywhere",
  description: "Neither a cloud's firewall nor a host's own lets SSH in from everywhere.",
  enforcementLevel: "mandatory",
  validateResource: (args, report) => {
    for (const admission of admissionsOf(args).filter((one) => admits(one, SSH))) {
      const source = openSource(admission);
      if (source === undefined) continue;
      report(`${args.name} lets SSH in from ${source} (${admission.where}); name the networks that need it`);
    }
  },
};

/** A rule this wide admits services that nobody meant to offer. */
export const noWideAdmission: ResourceValidationPolicy = {
  name: "no-wide-security-group",
  description: `No firewall opens more than ${MOST_OPEN_PORTS} ports in one rule to everywhere.`,
  enforcementLevel: "mandatory",
  validateResource: (args, report) => {
    for (const admission of admissionsOf(args).filter((one) => portCount(one) > MOST_OPEN_PORTS)) {
      const source = openSource(admission);
      if (source === undefined) continue;
      const count = portCount(admission) === Infinity ? "every port" : `${portCount(admission)} ports`;
      report(`${args.name} opens ${count} to ${source} (${admission.where}); name the ports that it serves`);
    }
  },
};

/** Whoever may speak IKE may try its parser and its keys; a peer is known by its address or by its group. */
export const noIpsecFromAnywhere: ResourceValidationPolicy = {
  name: "no-ipsec-from-anywhere",
  description: "IKE and ESP are let in from peers, never from everywhere.",
  enforcementLevel: "mandatory",
  validateResource: (args, report) => {
    for (const admission of admissionsOf(args).filter(admitsIpsec)) {
      const source = openSource(admission);
      if (source === undefined) continue;
      report(
        `${args.name} lets IPsec in from ${source} (${admission.where}); name the peers, or their group`,
      );
    }
  },
};
