import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** Debian's account on AWS, which publishes its images: https://wiki.debian.org/Cloud/AmazonEC2Image */
const DEBIAN_OWNER = "136693071363";

/** Debian's and AWS's names of what a processor understands. */
const ARCHITECTURES = {
  amd64: { image: "debian-12-amd64-*", aws: "x86_64" },
  arm64: { image: "debian-12-arm64-*", aws: "arm64" },
} as const;

export type Architecture = keyof typeof ARCHITECTURES;

/** AWS's own processors have a `g` behind the generation: https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html */
export function architectureOf(size: string): Architecture {
  return /^(a1|[a-z]+[0-9]+g[a-z-]*)\./.test(size) ? "arm64" : "amd64";
}

/** The newest image of Debian 12. A host keeps the one that it was made from. */
export function debianImage(architecture: Architecture, opts: pulumi.InvokeOptions): pulumi.Output<string> {
  const { image, aws: name } = ARCHITECTURES[architecture];
  return aws.ec2.getAmiOutput(
    {
      owners: [DEBIAN_OWNER],
      filters: [
        { name: "name", values: [image] },
        { name: "architecture", values: [name] },
        { name: "virtualization-type", values: ["hvm"] },
        { name: "root-device-type", values: ["ebs"] },
      ],
      mostRecent: true,
    },
    opts,
  ).id;
}
