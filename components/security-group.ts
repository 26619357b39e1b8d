import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Accept, Network, Port } from "../compiler/model";

export interface SecurityGroupArgs {
  /** A group of the policy. */
  group: string;
  environment: string;
  /** What hosts accept because they are in this group. */
  accepts: readonly Accept[];
  /** Given for the group that every host is in: what each must admit, whatever else it is. */
  base?: { failsafe: string[]; fleet: Network };
  /** Where its hosts run on AWS: the VPC that then holds the group's twin. */
  vpcId?: pulumi.Input<string>;
}

type Rule = aws.types.input.ec2.SecurityGroupIngress;

/**
 * A server group as a typed resource. The host's own firewall is what enforces it; on AWS a VPC security group
 * stands in front, open for what comes from networks and for IPsec between servers, which is all that hosts accept.
 */
export class SecurityGroup extends pulumi.ComponentResource {
  readonly group: string;
  /** The VPC security group's id, where the group has hosts on AWS. */
  readonly awsId: pulumi.Output<string> | undefined;

  constructor(name: string, args: SecurityGroupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("palisade:index:SecurityGroup", name, {}, opts);
    this.group = args.group;
    this.awsId = args.vpcId === undefined ? undefined : this.createTwin(name, args, args.vpcId);
    this.registerOutputs({ group: this.group });
  }

  private createTwin(
    name: string,
    args: SecurityGroupArgs,
    vpcId: pulumi.Input<string>,
  ): pulumi.Output<string> {
    const label = `palisade-${args.environment}-${args.group}`;
    const twin = new aws.ec2.SecurityGroup(
      `${name}-vpc`,
      {
        name: label,
        description: `Hosts of group ${args.group}`,
        vpcId,
        ingress: [...(args.base === undefined ? [] : baseRules(args.base)), ...serviceRules(args.accepts)],
        egress: [
          { protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"], ipv6CidrBlocks: ["::/0"] },
        ],
        tags: { Name: label, "palisade:environment": args.environment },
      },
      { parent: this },
    );
    return twin.id;
  }
}

/** IKE and ESP among servers, SSH from the failsafe, and the ICMP that path MTU discovery needs. */
function baseRules(base: { failsafe: string[]; fleet: Network }): Rule[] {
  const fleet = { cidrBlocks: base.fleet.ipv4, ipv6CidrBlocks: base.fleet.ipv6 };
  const failsafe = {
    cidrBlocks: base.failsafe.filter((block) => !block.includes(":")),
    ipv6CidrBlocks: base.failsafe.filter((block) => block.includes(":")),
  };
  return [
    { description: "failsafe SSH", protocol: "tcp", fromPort: 22, toPort: 22, ...failsafe },
    { description: "IKE", protocol: "udp", fromPort: 500, toPort: 500, ...fleet },
    { description: "IKE and ESP through NAT", protocol: "udp", fromPort: 4500, toPort: 4500, ...fleet },
    { description: "ESP", protocol: "50", fromPort: 0, toPort: 0, ...fleet },
    { description: "ICMP", protocol: "icmp", fromPort: -1, toPort: -1, cidrBlocks: ["0.0.0.0/0"] },
    { description: "ICMPv6", protocol: "icmpv6", fromPort: -1, toPort: -1, ipv6CidrBlocks: ["::/0"] },
  ];
}

function serviceRules(accepts: readonly Accept[]): Rule[] {
  return accepts.flatMap((accept) =>
    accept.origins.flatMap((origin) =>
      origin.kind === "group"
        ? []
        : accept.ports.map((port) => ({
            description: origin.path,
            ...portRange(port),
            cidrBlocks: origin.network.ipv4,
            ipv6CidrBlocks: origin.network.ipv6,
          })),
    ),
  );
}

function portRange(port: Port): Pick<Rule, "protocol" | "fromPort" | "toPort"> {
  switch (port.protocol) {
    case "icmp":
      return { protocol: "icmp", fromPort: -1, toPort: -1 };
    case "tcp":
    case "udp":
      return { protocol: port.protocol, fromPort: port.first, toPort: port.last };
    default: {
      const exhaustive: never = port;
      return exhaustive;
    }
  }
}
