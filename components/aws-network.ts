import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { routingDomain } from "../compiler/decide/addresses";
import { nthAddress } from "./addresses";

export interface AwsNetworkArgs {
  environment: string;
  region: string;
  /** IPv4 block of the VPC and of its one subnet; IPv6 comes from Amazon. */
  ipv4: string;
}

/** An environment's network in one region of AWS: a VPC with one public, dual-stack subnet. */
export class AwsNetwork extends pulumi.ComponentResource {
  /** Routing domain of its private IPv4 addresses. */
  readonly domain: string;
  readonly vpcId: pulumi.Output<string>;
  readonly subnetId: pulumi.Output<string>;
  private readonly ipv6Block: pulumi.Output<string>;

  constructor(name: string, args: AwsNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("palisade:index:AwsNetwork", name, {}, opts);
    const label = `palisade-${args.environment}-${args.region}`;
    const tags = { Name: label, "palisade:environment": args.environment };
    const vpc = new aws.ec2.Vpc(
      `${name}-vpc`,
      {
        cidrBlock: args.ipv4,
        assignGeneratedIpv6CidrBlock: true,
        enableDnsHostnames: true,
        tags,
      },
      { parent: this },
    );
    this.ipv6Block = vpc.ipv6CidrBlock.apply(firstSubnet);
    const subnet = new aws.ec2.Subnet(
      `${name}-subnet`,
      { vpcId: vpc.id, cidrBlock: args.ipv4, ipv6CidrBlock: this.ipv6Block, tags },
      { parent: this },
    );
    this.createRoutes(name, vpc.id, subnet.id, tags);
    this.domain = routingDomain("aws", args.region);
    this.vpcId = vpc.id;
    this.subnetId = subnet.id;
    this.registerOutputs({ vpcId: this.vpcId, subnetId: this.subnetId });
  }

  /** The subnet's IPv6 address with the given offset from its start. */
  ipv6Address(offset: number): pulumi.Output<string> {
    return this.ipv6Block.apply((block) => nthAddress(block, offset));
  }

  private createRoutes(
    name: string,
    vpcId: pulumi.Output<string>,
    subnetId: pulumi.Output<string>,
    tags: Record<string, string>,
  ): void {
    const gateway = new aws.ec2.InternetGateway(`${name}-gateway`, { vpcId, tags }, { parent: this });
    const routes = new aws.ec2.RouteTable(
      `${name}-routes`,
      {
        vpcId,
        routes: [
          { cidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
          { ipv6CidrBlock: "::/0", gatewayId: gateway.id },
        ],
        tags,
      },
      { parent: this },
    );
    new aws.ec2.RouteTableAssociation(
      `${name}-routes-of-subnet`,
      { subnetId, routeTableId: routes.id },
      { parent: this },
    );
  }
}

/** The first /64 of the VPC's /56: the only length that a subnet of AWS may have by default. */
function firstSubnet(vpcBlock: string): string {
  return `${vpcBlock.split("/")[0]}/64`;
}
