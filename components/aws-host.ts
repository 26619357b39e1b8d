import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Addresses, CloudHostSpec, Inventory } from "../compiler/model";
import type { PlannedAddress } from "./addresses";
import { architectureOf } from "./aws-image";
import type { AwsNetwork, HostSubnet } from "./aws-network";
import { awsTags } from "./aws-tags";
import { Endpoint, Host } from "./host";
import type { Identity } from "./identity";
import type { SecurityGroup } from "./security-group";
import { secretUserData } from "./user-data";

export interface AwsHostArgs {
  spec: CloudHostSpec;
  inventory: Pick<Inventory, "environment" | "owner" | "connect" | "protect">;
  network: AwsNetwork;
  place: PlannedAddress;
  /** Those that stand in front of it. */
  groups: readonly SecurityGroup[];
  identity: Identity;
}

/** An instance on AWS whose private addresses are chosen before it exists. */
export class AwsHost extends Host {
  readonly hostName: string;
  readonly addresses: pulumi.Output<Addresses>;
  readonly endpoint: Endpoint;
  readonly hasDerivedKey = true;
  readonly machine: pulumi.Output<string>;
  readonly last: pulumi.Resource;

  constructor(
    private readonly name: string,
    private readonly args: AwsHostArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("palisade:index:AwsHost", name, {}, opts);
    const { spec, network, place } = args;
    if (place.subnet === undefined) throw new Error(`${spec.name} has no subnet`);
    const subnet = network.subnet(place.subnet);
    const ipv6 = subnet.ipv6Address(place.offset);
    const instance = this.createInstance(subnet, ipv6);
    const address = spec.public ? this.createAddress(instance, subnet) : undefined;
    this.hostName = spec.name;
    this.addresses = ipv6.apply((text) => ({
      ipv4: { address: place.ipv4, network: network.domain },
      ipv6: text,
    }));
    this.endpoint = {
      host: args.inventory.connect === "ipv6" ? ipv6 : reachable(spec, address),
      user: "root",
      hostKey: args.identity.access.hostKey(spec.name).publicKey,
    };
    this.machine = instance.id;
    this.last = address ?? instance;
    this.registerOutputs({ addresses: this.addresses, instanceId: instance.id });
  }

  private createInstance(subnet: HostSubnet, ipv6: pulumi.Output<string>): aws.ec2.Instance {
    const { spec, inventory, network, place, groups, identity } = this.args;
    return new aws.ec2.Instance(
      `${this.name}-instance`,
      {
        ami: network.image(architectureOf(spec.size)),
        instanceType: spec.size,
        subnetId: subnet.id,
        privateIp: place.ipv4,
        ipv6Addresses: [ipv6],
        vpcSecurityGroupIds: groups.flatMap(({ awsId }) => awsId ?? []),
        userData: secretUserData(identity, spec.name, inventory.environment),
        userDataReplaceOnChange: false,
        metadataOptions: {
          httpEndpoint: "enabled",
          httpTokens: "required",
          // Not one hop further: no container or tunnel on the host gets an answer.
          httpPutResponseHopLimit: 1,
          httpProtocolIpv6: "disabled",
        },
        rootBlockDevice: { encrypted: true, volumeType: "gp3", tags: this.tags() },
        tags: this.tags(),
      },
      {
        parent: this,
        protect: inventory.protect,
        // Its first packets need the way out and the rules that let the deployer in. Not those for peers: they may wait
        // for hosts elsewhere.
        dependsOn: [subnet.routes, ...groups.flatMap(({ rules }) => rules)],
        // Neither a newer image nor another first boot concerns a host that runs.
        ignoreChanges: ["ami", "userData"],
        // Its address is free only once it is gone.
        deleteBeforeReplace: true,
      },
    );
  }

  /** Stays when the instance is replaced. */
  private createAddress(instance: aws.ec2.Instance, subnet: HostSubnet): aws.ec2.Eip {
    return new aws.ec2.Eip(
      `${this.name}-address`,
      { domain: "vpc", instance: instance.id, tags: this.tags() },
      { parent: this, protect: this.args.inventory.protect, dependsOn: [subnet.routes] },
    );
  }

  private tags(): Record<string, string> {
    const { spec, inventory } = this.args;
    return awsTags(inventory, `${spec.name}.${inventory.environment}`, spec.groups);
  }
}

function reachable(spec: CloudHostSpec, address: aws.ec2.Eip | undefined): pulumi.Output<string> {
  if (address === undefined) throw new Error(`${spec.name} is not public, and is to be reached over IPv4`);
  return address.publicIp;
}
