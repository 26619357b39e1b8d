import * as pulumi from "@pulumi/pulumi";
import type { Addresses } from "../compiler/model";
import type { Paced } from "./pace";

/** How the deployer reaches a host. Always pinned: `hostKey` is never absent. */
export interface Endpoint {
  host: pulumi.Input<string>;
  user: string;
  hostKey: pulumi.Input<string>;
  /** The machine through which SSH goes, with the same key; pinned as well. */
  proxy?: Proxy;
}

export interface Proxy {
  host: string;
  port: number;
  user: string;
  hostKey: string;
}

/** The one shape of a host, wherever it runs. */
export abstract class Host extends pulumi.ComponentResource implements Paced {
  /** As in the inventory, such as `web-1`. */
  abstract readonly hostName: string;
  /** As the host's peers see it. */
  abstract readonly addresses: pulumi.Output<Addresses>;
  abstract readonly endpoint: Endpoint;
  /** Whether its own SSH key comes from the environment's secret, or was there before Palisade. */
  abstract readonly hasDerivedKey: boolean;
  /** Which machine it is: another value means another machine behind the same name, which has nothing on it yet. */
  abstract readonly machine: pulumi.Output<string>;
  abstract readonly last: pulumi.Resource;
}
