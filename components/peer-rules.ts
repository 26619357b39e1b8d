import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AwsGroup } from "../compiler/clouds/aws-groups";
import { IPSEC, trafficText } from "../compiler/clouds/edge";
import type { Addresses } from "../compiler/model";
import { rulePorts } from "./aws-rule";
import type { SecurityGroup } from "./security-group";

export interface PeerRulesArgs {
  group: SecurityGroup;
  plan: AwsGroup;
  environment: string;
  /** Of every group with hosts on AWS, by name. */
  groups: ReadonlyMap<string, SecurityGroup>;
  /** Of a host elsewhere. */
  addressesOf: (host: string) => pulumi.Input<Addresses>;
}

/** Where a rule says that packets come from. */
type Source = Pick<aws.vpc.SecurityGroupIngressRuleArgs, "referencedSecurityGroupId" | "prefixListId">;

/**
 * Lets IKE and ESP into a VPC security group, from peers only: those on AWS by their own security groups, those
 * elsewhere by a list of their addresses. Hosts don't wait for these rules, as those elsewhere may not exist yet.
 */
export class PeerRules extends pulumi.ComponentResource {
  constructor(
    private readonly name: string,
    private readonly args: PeerRulesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("palisade:index:PeerRules", name, {}, { parent: args.group, ...opts });
    const { groups, plan } = args;
    for (const peer of plan.references) {
      const referencedSecurityGroupId = groups.get(peer)?.awsId;
      if (referencedSecurityGroupId !== undefined) this.admit(peer, { referencedSecurityGroupId });
    }
    if (plan.elsewhere.length > 0) this.admit("elsewhere", { prefixListId: this.createList().id });
    this.registerOutputs({});
  }

  private admit(peer: string, source: Source): void {
    const { group } = this.args;
    if (group.awsId === undefined) throw new Error(`${group.group} has no hosts on AWS`);
    for (const traffic of IPSEC) {
      const label = `${trafficText(traffic)}-from-${peer}`;
      new aws.vpc.SecurityGroupIngressRule(
        `${this.name}-${label}`,
        {
          securityGroupId: group.awsId,
          ...rulePorts(traffic),
          ...source,
          description: `peers: ${peer}`,
          tags: group.tags(`${group.group}-${label}`),
        },
        { parent: this },
      );
    }
  }

  private createList(): aws.ec2.ManagedPrefixList {
    const { group, plan, environment, addressesOf } = this.args;
    const label = `palisade-${environment}-${group.group}-peers`;
    const entries = pulumi
      .all(plan.elsewhere.map((host) => addressesOf(host)))
      .apply((all) =>
        all.flatMap(({ ipv6 }, index) =>
          ipv6 === undefined ? [] : [{ cidr: `${ipv6}/128`, description: plan.elsewhere[index] }],
        ),
      );
    return new aws.ec2.ManagedPrefixList(
      `${this.name}-elsewhere`,
      {
        name: label,
        addressFamily: "IPv6",
        // Each rule that refers to the list counts as so many, so there is no room to spare.
        maxEntries: plan.elsewhere.length,
        entries,
        tags: group.tags(label),
      },
      { parent: this },
    );
  }
}
