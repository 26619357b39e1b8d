import type { ResourceValidationPolicy } from "@pulumi/policy";
import { at, type Fields, items, type Plain, read, UNKNOWN } from "./reading";

/**
 * The disks of a resource that are not encrypted, each as the property that would encrypt it.
 * Linode encrypts an instance's disks unless told not to: https://techdocs.akamai.com/cloud-computing/docs/local-disk-encryption
 */
function plainDisks(type: string, fields: Fields): string[] {
  switch (type) {
    case "aws:ec2/instance:Instance":
      return [
        ...unless(at(fields, "rootBlockDevice", "encrypted"), "rootBlockDevice.encrypted"),
        ...items(at(fields, "ebsBlockDevices")).flatMap((device, index) =>
          unless(at(device, "encrypted"), `ebsBlockDevices[${index}].encrypted`),
        ),
      ];
    case "aws:ec2/launchTemplate:LaunchTemplate":
      return items(at(fields, "blockDeviceMappings")).flatMap((mapping, index) =>
        at(mapping, "ebs") === undefined
          ? []
          : unless(at(mapping, "ebs", "encrypted"), `blockDeviceMappings[${index}].ebs.encrypted`),
      );
    case "aws:ebs/volume:Volume":
      return unless(at(fields, "encrypted"), "encrypted");
    case "linode:index/instance:Instance":
      return at(fields, "diskEncryption") === "disabled" ? ["diskEncryption"] : [];
    case "linode:index/volume:Volume":
      return unless(at(fields, "encryption"), "encryption");
    default:
      return [];
  }
}

function unless(value: Plain | undefined, property: string): string[] {
  const encrypted = value === true || value === "true" || value === "enabled" || value === UNKNOWN;
  return encrypted ? [] : [property];
}

/** Disks hold the host's IPsec key and its accounts' password hashes. */
export const disksEncrypted: ResourceValidationPolicy = {
  name: "disks-encrypted",
  description: "Every disk is encrypted by its cloud.",
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props }, report) => {
    if (!type.startsWith("aws:") && !type.startsWith("linode:")) return;
    for (const property of plainDisks(type, read(props))) {
      const value = type.startsWith("linode:") ? '"enabled"' : "true";
      report(`${name} has a disk that is not encrypted; set ${property} to ${value}`);
    }
  },
};
