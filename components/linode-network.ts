import * as linode from "@pulumi/linode";
import * as pulumi from "@pulumi/pulumi";
import { vpcLabel } from "../compiler/clouds/linode-labels";
import { routingDomain } from "../compiler/decide/addresses";

export interface LinodeNetworkArgs {
  environment: string;
  /** Linode's name of the region, such as `us-east`. */
  region: string;
  /** IPv4 block of the VPC's one subnet. */
  ipv4: string;
}

/** An environment's private network in one region of Linode. */
export class LinodeNetwork extends pulumi.ComponentResource {
  /** Routing domain of its private IPv4 addresses. */
  readonly domain: string;
  readonly region: string;
  readonly subnetId: pulumi.Output<number>;

  constructor(name: string, args: LinodeNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("palisade:index:LinodeNetwork", name, {}, opts);
    const vpc = new linode.Vpc(
      `${name}-vpc`,
      {
        label: vpcLabel(args.environment, args.region),
        region: args.region,
        description: `Palisade's ${args.environment} environment`,
      },
      { parent: this },
    );
    const subnet = new linode.VpcSubnet(
      `${name}-subnet`,
      { vpcId: vpc.id.apply(Number), label: "hosts", ipv4: args.ipv4 },
      { parent: this },
    );
    this.domain = routingDomain("linode", args);
    this.region = args.region;
    this.subnetId = subnet.id.apply(Number);
    this.registerOutputs({ subnetId: this.subnetId });
  }
}
