import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Addresses, CloudHostSpec } from "../compiler/model";
import type { PlannedAddress } from "./addresses";
import type { AwsNetwork } from "./aws-network";
import { Endpoint, Host } from "./host";
import type { Identity } from "./identity";
import { secretUserData } from "./user-data";

/** Debian's account on AWS, which publishes its images: https://wiki.debian.org/Cloud/AmazonEC2Image */
const DEBIAN_OWNER = "136693071363";

export interface AwsHostArgs {
  spec: CloudHostSpec;
  environment: string;
  network: AwsNetwork;
  place: PlannedAddress;
  securityGroupIds: pulumi.Input<string>[];
  identity: Identity;
  connect: "ipv4" | "ipv6";
}

/** An instance on AWS whose addresses are chosen before it exists. */
export class AwsHost extends Host {
  readonly hostName: string;
  readonly addresses: pulumi.Output<Addresses>;
  readonly endpoint: Endpoint;
  readonly machine: pulumi.Output<string>;

  constructor(name: string, args: AwsHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("palisade:index:AwsHost", name, {}, opts);
    const ipv6 = args.network.ipv6Address(args.place.offset);
    const instance = this.createInstance(name, args, ipv6);
    this.hostName = args.spec.name;
    this.addresses = ipv6.apply((address) => ({
      ipv4: { address: args.place.ipv4, network: args.network.domain },
      ipv6: address,
    }));
    this.endpoint = {
      host: args.connect === "ipv6" ? ipv6 : instance.publicIp,
      user: "root",
      hostKey: args.identity.sshHostKey(args.spec.name).publicKey,
    };
    this.machine = instance.id;
    this.registerOutputs({ addresses: this.addresses, instanceId: instance.id });
  }

  private createInstance(name: string, args: AwsHostArgs, ipv6: pulumi.Output<string>): aws.ec2.Instance {
    const { spec, environment } = args;
    const image = aws.ec2.getAmiOutput(
      {
        owners: [DEBIAN_OWNER],
        filters: [
          { name: "name", values: ["debian-12-amd64-*"] },
          { name: "architecture", values: ["x86_64"] },
        ],
        mostRecent: true,
      },
      { parent: this },
    );
    return new aws.ec2.Instance(
      `${name}-instance`,
      {
        ami: image.id,
        instanceType: spec.size,
        subnetId: args.network.subnetId,
        privateIp: args.place.ipv4,
        ipv6Addresses: [ipv6],
        associatePublicIpAddress: args.connect === "ipv4",
        vpcSecurityGroupIds: args.securityGroupIds,
        userData: secretUserData(args.identity, spec.name, environment),
        userDataReplaceOnChange: true,
        metadataOptions: { httpEndpoint: "enabled", httpTokens: "required" },
        rootBlockDevice: { encrypted: true },
        tags: {
          Name: `${spec.name}.${environment}`,
          "palisade:environment": environment,
          "palisade:groups": spec.groups.join(" "),
        },
      },
      // A newer image must not replace a running host by surprise; its address is free only once it is gone.
      { parent: this, ignoreChanges: ["ami"], deleteBeforeReplace: true },
    );
  }
}
