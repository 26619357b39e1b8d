import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { routingDomain } from "../compiler/decide/addresses";
import { awsSubnets } from "../compiler/decide/places";
import type { Subnet } from "../compiler/decide/subnets";
import type { Inventory } from "../compiler/model";
import { nthAddress, nthSubnet } from "./addresses";
import { type Architecture, debianImage } from "./aws-image";
import { awsTags } from "./aws-tags";

export interface AwsNetworkArgs {
  inventory: Inventory;
  /** IPv4 block of the VPC, which its subnets share; IPv6 comes from Amazon. */
  ipv4: string;
}

/** A subnet that hosts can be put into. */
export interface HostSubnet {
  id: pulumi.Output<string>;
  /** Its IPv6 address with the given offset from its start. */
  ipv6Address(offset: number): pulumi.Output<string>;
  /** The way out, which a host's first boot needs. */
  routes: pulumi.Resource;
}

type Access = Subnet["access"];

/**
 * A stack's network on AWS: a dual-stack VPC with a public and a private subnet in each zone. docs/architecture.md says
 * why it has neither a NAT gateway nor endpoints.
 */
export class AwsNetwork extends pulumi.ComponentResource {
  /** Routing domain of its private IPv4 addresses. */
  readonly domain: string;
  readonly vpcId: pulumi.Output<string>;
  private readonly subnets: ReadonlyMap<number, HostSubnet>;
  private readonly images = new Map<Architecture, pulumi.Output<string>>();

  constructor(
    private readonly name: string,
    private readonly args: AwsNetworkArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("palisade:index:AwsNetwork", name, {}, opts);
    const vpc = this.createVpc();
    const tables = this.createRouteTables(vpc);
    this.subnets = new Map(
      awsSubnets(args.inventory).map((subnet) => [subnet.index, this.createSubnet(subnet, vpc, tables)]),
    );
    this.domain = routingDomain("aws", args.inventory);
    this.vpcId = vpc.id;
    this.registerOutputs({ vpcId: this.vpcId });
  }

  /** @throws if the network has no such subnet */
  subnet(plan: Subnet): HostSubnet {
    const found = this.subnets.get(plan.index);
    if (found === undefined) throw new Error(`${this.name} has no ${plan.access} subnet in ${plan.zone}`);
    return found;
  }

  /** The image of new hosts, looked up once. */
  image(architecture: Architecture): pulumi.Output<string> {
    const image = this.images.get(architecture) ?? debianImage(architecture, { parent: this });
    this.images.set(architecture, image);
    return image;
  }

  private createVpc(): aws.ec2.Vpc {
    return new aws.ec2.Vpc(
      `${this.name}-vpc`,
      {
        cidrBlock: this.args.ipv4,
        assignGeneratedIpv6CidrBlock: true,
        enableDnsHostnames: true,
        tags: this.tags(),
      },
      { parent: this },
    );
  }

  private createRouteTables(vpc: aws.ec2.Vpc): Record<Access, aws.ec2.RouteTable> {
    const gateway = new aws.ec2.InternetGateway(
      `${this.name}-gateway`,
      { vpcId: vpc.id, tags: this.tags() },
      { parent: this },
    );
    const ipv6 = { ipv6CidrBlock: "::/0", gatewayId: gateway.id };
    const create = (access: Access, routes: aws.types.input.ec2.RouteTableRoute[]) =>
      new aws.ec2.RouteTable(
        `${this.name}-${access}`,
        { vpcId: vpc.id, routes, tags: this.tags(access) },
        { parent: this },
      );
    return {
      public: create("public", [{ cidrBlock: "0.0.0.0/0", gatewayId: gateway.id }, ipv6]),
      private: create("private", [ipv6]),
    };
  }

  private createSubnet(
    { access, zone, block, index }: Subnet,
    vpc: aws.ec2.Vpc,
    tables: Record<Access, aws.ec2.RouteTable>,
  ): HostSubnet {
    const name = `${this.name}-${access}-${zone}`;
    const ipv6Block = vpc.ipv6CidrBlock.apply((whole) => nthSubnet(whole, index));
    const subnet = new aws.ec2.Subnet(
      name,
      {
        vpcId: vpc.id,
        availabilityZone: zone,
        cidrBlock: block.text,
        ipv6CidrBlock: ipv6Block,
        tags: this.tags(access, zone),
      },
      { parent: this },
    );
    const routes = new aws.ec2.RouteTableAssociation(
      `${name}-routes`,
      { subnetId: subnet.id, routeTableId: tables[access].id },
      { parent: this },
    );
    return {
      id: subnet.id,
      ipv6Address: (offset) => ipv6Block.apply((whole) => nthAddress(whole, offset)),
      routes,
    };
  }

  private tags(...parts: string[]): Record<string, string> {
    const { inventory } = this.args;
    return awsTags(inventory, ["palisade", inventory.environment, inventory.region, ...parts].join("-"));
  }
}
