import * as linode from "@pulumi/linode";
import * as pulumi from "@pulumi/pulumi";
import { firewallLabel, linodeTags } from "../compiler/clouds/linode-labels";
import { linodeFirewalls, type LinodeFirewall } from "../compiler/clouds/linode-firewalls";
import type { CloudRule, CloudSources } from "../compiler/clouds/linode-rules";
import { addressOf } from "../compiler/decide/addresses";
import type { AddressBook, FleetModel, Inventory } from "../compiler/model";
import type { Family } from "../compiler/validate/cidr";
import type { Host } from "./host";
import type { LinodeNetwork } from "./linode-network";

type Rule = linode.types.input.FirewallInbound;

export interface LinodeFirewallsArgs {
  inventory: Inventory;
  fleet: FleetModel;
  network: LinodeNetwork | undefined;
  /** Of this stack, by name. */
  hosts: ReadonlyMap<string, Host>;
  /** Addresses of the hosts of other regions. */
  elsewhere: AddressBook;
}

/**
 * One Cloud Firewall for the hosts on Linode that are in exactly the same groups. It takes the instances, not they it:
 * an instance is replaced when its `firewallId` changes, and a firewall waits for the addresses of all peers.
 */
export function createLinodeFirewalls(args: LinodeFirewallsArgs): linode.Firewall[] {
  const { inventory, fleet, network, elsewhere } = args;
  if (network === undefined) return [];
  return linodeFirewalls(inventory, fleet, elsewhere).map((firewall) =>
    createFirewall(firewall, network, args),
  );
}

function createFirewall(
  { kind, groups, hosts, rules }: LinodeFirewall,
  network: LinodeNetwork,
  args: LinodeFirewallsArgs,
): linode.Firewall {
  const { environment, region } = args.inventory;
  const instances = hosts.flatMap((name) => args.hosts.get(name)?.machine ?? []);
  return new linode.Firewall(
    `linode-firewall-${kind}`,
    {
      label: firewallLabel(environment, region, kind),
      inboundPolicy: "ACCEPT",
      inbounds: rules.map((rule) => inbound(rule, args)),
      outboundPolicy: "ACCEPT",
      linodes: instances.map((id) => id.apply(Number)),
      tags: linodeTags(environment, groups),
    },
    { parent: network },
  );
}

function inbound(
  { label, description, action, protocol, ports, sources }: CloudRule,
  args: LinodeFirewallsArgs,
): Rule {
  return {
    label,
    description,
    action,
    protocol,
    ...(ports === undefined ? {} : { ports }),
    ipv4s: addresses(sources, "ipv4", args),
    ipv6s: addresses(sources, "ipv6", args),
  };
}

/** Of one family, as CIDR blocks; what a preview does not know yet is only the address, not how many there are. */
function addresses(
  sources: CloudSources,
  family: Family,
  { hosts, elsewhere }: LinodeFirewallsArgs,
): pulumi.Input<string>[] {
  switch (sources.kind) {
    case "ranges":
      return sources.ranges.filter((range) => range.includes(":") === (family === "ipv6"));
    case "peers":
      return sources.peers
        .filter((peer) => peer.family === family)
        .map(({ host }) => {
          const own = hosts.get(host)?.addresses ?? pulumi.output(elsewhere.get(host) ?? {});
          return own.apply((known) => block(addressOf(known, family), host, family));
        });
    default: {
      const exhaustive: never = sources;
      return exhaustive;
    }
  }
}

function block(address: string | undefined, host: string, family: Family): string {
  if (address === undefined) throw new pulumi.RunError(`no ${family} address is known of ${host}`);
  return `${address}/${family === "ipv4" ? 32 : 128}`;
}
