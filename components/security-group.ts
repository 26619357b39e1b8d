import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type AwsGroup, ISOLATED } from "../compiler/clouds/aws-groups";
import { type EdgeRule, trafficText } from "../compiler/clouds/edge";
import { ALL } from "../compiler/words";
import { rulePorts } from "./aws-rule";
import { awsTags, type TagSource } from "./aws-tags";

export interface SecurityGroupArgs {
  /** A group of the policy, or `ISOLATED`. */
  group: string;
  inventory: TagSource;
  /** Given where the group has hosts on AWS: what its VPC security group lets in. */
  aws?: { plan: AwsGroup; vpcId: pulumi.Input<string> };
}

const EVERYWHERE = { ipv4: { cidrIpv4: "0.0.0.0/0" }, ipv6: { cidrIpv6: "::/0" } } as const;

/**
 * A server group as a typed resource. The host's own firewall is what enforces it; on AWS a VPC security group stands in
 * front, which lets in what hosts accept from networks, and from peers IKE and ESP (see `PeerRules`).
 */
export class SecurityGroup extends pulumi.ComponentResource {
  readonly group: string;
  /** The VPC security group's id, where the group has hosts on AWS. */
  readonly awsId: pulumi.Output<string> | undefined;
  /** Its rules about networks, without which nobody reaches its hosts, nor do they reach anybody. */
  readonly rules: readonly pulumi.Resource[];

  constructor(
    private readonly name: string,
    private readonly args: SecurityGroupArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("palisade:index:SecurityGroup", name, {}, opts);
    this.group = args.group;
    const twin = args.aws === undefined ? undefined : this.createTwin(args.aws.vpcId);
    this.awsId = twin?.id;
    this.rules = twin === undefined ? [] : [...this.createIngress(twin), ...this.createEgress(twin)];
    this.registerOutputs({ group: this.group });
  }

  /** The tags of a rule, or of what a rule refers to. */
  tags(label: string): Record<string, string> {
    const { group, inventory } = this.args;
    return awsTags(inventory, label, group === ISOLATED ? [] : [group]);
  }

  private createTwin(vpcId: pulumi.Input<string>): aws.ec2.SecurityGroup {
    const label = `palisade-${this.args.inventory.environment}-${this.group}`;
    const what = this.group === ISOLATED ? "Isolated hosts" : `Hosts of group ${this.group}`;
    return new aws.ec2.SecurityGroup(
      `${this.name}-vpc`,
      { name: label, description: what, vpcId, tags: this.tags(label) },
      { parent: this },
    );
  }

  private createIngress(twin: aws.ec2.SecurityGroup): pulumi.Resource[] {
    return (this.args.aws?.plan.rules ?? []).map((rule) => {
      const label = ruleLabel(rule);
      return new aws.vpc.SecurityGroupIngressRule(
        `${this.name}-${label}`,
        {
          securityGroupId: twin.id,
          ...rulePorts(rule.traffic),
          ...(rule.source.includes(":") ? { cidrIpv6: rule.source } : { cidrIpv4: rule.source }),
          description: rule.reason,
          tags: this.tags(`${this.group}-${label}`),
        },
        { parent: this },
      );
    });
  }

  /** What a host sends is not restricted, save for an isolated one, which only answers. Every other one is in `all`. */
  private createEgress(twin: aws.ec2.SecurityGroup): pulumi.Resource[] {
    if (this.group !== ALL) return [];
    return (["ipv4", "ipv6"] as const).map(
      (family) =>
        new aws.vpc.SecurityGroupEgressRule(
          `${this.name}-out-${family}`,
          {
            securityGroupId: twin.id,
            ipProtocol: "-1",
            ...EVERYWHERE[family],
            description: "what hosts send",
            tags: this.tags(`${this.group}-out-${family}`),
          },
          { parent: this },
        ),
    );
  }
}

/** Such as `tcp-443-from-2001-db8--_32`: no two rules of a group have the same, and what it says is its whole content. */
function ruleLabel({ traffic, source }: EdgeRule): string {
  return `${trafficText(traffic)}-from-${source.replaceAll(":", "-").replace("/", "_")}`;
}
