import * as linode from "@pulumi/linode";
import * as pulumi from "@pulumi/pulumi";
import { instanceLabel, linodeTags } from "../compiler/clouds/linode-labels";
import { LINODE_LIMITS } from "../compiler/clouds/linode-limits";
import type { Addresses, CloudHostSpec } from "../compiler/model";
import type { PlannedAddress } from "./addresses";
import { Endpoint, Host } from "./host";
import type { Identity } from "./identity";
import type { LinodeNetwork } from "./linode-network";
import { secretUserData } from "./user-data";

export interface LinodeHostArgs {
  spec: CloudHostSpec;
  environment: string;
  network: LinodeNetwork;
  place: PlannedAddress;
  identity: Identity;
  connect: "ipv4" | "ipv6";
  /** Whether Pulumi refuses to delete the instance, as by a mistake in the list of hosts. */
  protect?: boolean;
}

/** The release, so that a new one is a change of this line and no surprise. */
const IMAGE = "linode/debian12";

/**
 * What only a new machine takes: it would replace every host of the fleet. Their content is kept on the host by
 * HostConfig, or is not needed after the first boot.
 */
const AT_FIRST_BOOT = ["image", "metadatas", "authorizedKeys"];

/** An instance on Linode. Its IPv6 address is Linode's choice, so it is known once the instance exists. */
export class LinodeHost extends Host {
  readonly hostName: string;
  readonly addresses: pulumi.Output<Addresses>;
  readonly endpoint: Endpoint;
  readonly hasDerivedKey = true;
  readonly machine: pulumi.Output<string>;
  readonly last: pulumi.Resource;

  constructor(name: string, args: LinodeHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("palisade:index:LinodeHost", name, {}, opts);
    const instance = this.createInstance(name, args);
    const ipv6 = instance.ipv6.apply(withoutPrefixLength);
    this.hostName = args.spec.name;
    this.addresses = ipv6.apply((address) => ({
      ipv4: { address: args.place.ipv4, network: args.network.domain },
      ipv6: address,
    }));
    this.endpoint = {
      host: args.connect === "ipv6" ? ipv6 : instance.ipAddress,
      user: "root",
      hostKey: args.identity.access.hostKey(args.spec.name).publicKey,
    };
    this.machine = instance.id;
    this.last = instance;
    this.registerOutputs({ addresses: this.addresses, instanceId: instance.id });
  }

  private createInstance(name: string, args: LinodeHostArgs): linode.Instance {
    const { spec, environment } = args;
    const script = secretUserData(args.identity, spec.name, environment);
    return new linode.Instance(
      `${name}-instance`,
      {
        label: instanceLabel(spec.name, environment),
        region: args.network.region,
        type: spec.size,
        image: IMAGE,
        authorizedKeys: [args.identity.firstBoot.deployer.publicKey],
        interfaces: [
          { purpose: "public", primary: true },
          { purpose: "vpc", subnetId: args.network.subnetId, ipv4: { vpc: args.place.ipv4 } },
        ],
        metadatas: [{ userData: script.apply(encoded) }],
        diskEncryption: "enabled",
        // Starts it again after a crash. Backups are left to the console: they cost, and hold the disk with its keys.
        watchdogEnabled: true,
        tags: linodeTags(environment, spec.groups),
      },
      {
        parent: this,
        // Its address and its label are free only once it is gone.
        deleteBeforeReplace: true,
        ignoreChanges: AT_FIRST_BOOT,
        ...(args.protect === undefined ? {} : { protect: args.protect }),
      },
    );
  }
}

/** Linode writes `2600:3c03::1/128`. */
function withoutPrefixLength(address: string): string {
  return address.replace(/\/\d+$/, "");
}

/** @throws if Linode would not take it */
function encoded(script: string): string {
  const { limit } = LINODE_LIMITS.userDataBytes;
  const size = Buffer.byteLength(script);
  if (size > limit) throw new pulumi.RunError(`user data of ${size} bytes; Linode takes ${limit}`);
  return Buffer.from(script).toString("base64");
}
