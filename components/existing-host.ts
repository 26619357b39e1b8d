import * as pulumi from "@pulumi/pulumi";
import { PUBLIC } from "../compiler/decide/addresses";
import type { Addresses, Bastion, ExistingHostSpec } from "../compiler/model";
import { Endpoint, Host, type Proxy } from "./host";

/** A host that Palisade did not make and will not take down; it is only configured. */
export class ExistingHost extends Host {
  readonly hostName: string;
  readonly addresses: pulumi.Output<Addresses>;
  readonly endpoint: Endpoint;
  readonly hasDerivedKey = false;
  readonly machine: pulumi.Output<string>;
  readonly last = this;

  constructor(name: string, args: { spec: ExistingHostSpec }, opts?: pulumi.ComponentResourceOptions) {
    super("palisade:index:ExistingHost", name, {}, opts);
    const { spec } = args;
    this.hostName = spec.name;
    this.addresses = pulumi.output({
      ...(spec.ipv4 === undefined ? {} : { ipv4: { address: spec.ipv4, network: PUBLIC } }),
      ...(spec.ipv6 === undefined ? {} : { ipv6: spec.ipv6 }),
    });
    this.endpoint = {
      host: spec.address,
      user: spec.user,
      hostKey: spec.hostKey,
      ...(spec.bastion === undefined ? {} : { proxy: proxyOf(spec.bastion) }),
    };
    this.machine = pulumi.output(spec.hostKey);
    this.registerOutputs({ addresses: this.addresses });
  }
}

function proxyOf({ address, port, user, hostKey }: Bastion): Proxy {
  return { host: address, port, user, hostKey };
}
