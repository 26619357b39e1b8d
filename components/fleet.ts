import * as pulumi from "@pulumi/pulumi";
import type { AddressBook, FleetModel, HostModel, HostSpec, Inventory } from "../compiler/model";
import { checkAddresses } from "../compiler/decide/addresses";
import { awsGroups, groupsOfHost, ISOLATED } from "../compiler/clouds/aws-groups";
import { formatProblem } from "../compiler/problem";
import { accounts, peopleWithPassword } from "../compiler/render/accounts";
import { facetText } from "../compiler/render/facet";
import { firewall } from "../compiler/render/firewall";
import { ipsec } from "../compiler/render/ipsec";
import { passwords } from "../compiler/render/passwords";
import type { PlannedAddress } from "./addresses";
import { AwsHost } from "./aws-host";
import { AwsNetwork } from "./aws-network";
import { ExistingHost } from "./existing-host";
import type { Host } from "./host";
import type { HostPlan } from "./host-config";
import type { Identity } from "./identity";
import { LinodeHost } from "./linode-host";
import { LinodeNetwork } from "./linode-network";
import type { Neighbours } from "./neighbours";
import { PeerRules } from "./peer-rules";
import { SecurityGroup } from "./security-group";

/** The clouds' networks that the inventory's hosts need. */
export interface Networks {
  aws?: AwsNetwork;
  linode?: LinodeNetwork;
}

export function createNetworks(inventory: Inventory): Networks {
  const { environment, region, subnets } = inventory;
  const used = new Set(inventory.hosts.map((host) => host.on));
  const networks: Networks = {};
  if (used.has("aws") && subnets.aws !== undefined) {
    networks.aws = new AwsNetwork("aws", { inventory, ipv4: subnets.aws });
  }
  if (used.has("linode") && subnets.linode !== undefined) {
    networks.linode = new LinodeNetwork("linode", { environment, region, ipv4: subnets.linode });
  }
  return networks;
}

/** One resource for each server group that has hosts here, and on AWS one for those that are isolated. */
export function createGroups(
  inventory: Inventory,
  fleet: FleetModel,
  networks: Networks,
): Map<string, SecurityGroup> {
  const vpcId = networks.aws?.vpcId;
  const plans = new Map(awsGroups(fleet, inventory).map((plan) => [plan.group, plan]));
  const used = [...fleet.groups.keys()].filter((name) =>
    inventory.hosts.some((host) => host.groups.includes(name)),
  );
  const names = plans.has(ISOLATED) ? [...used, ISOLATED] : used;
  return new Map(
    names.map((group) => {
      const plan = plans.get(group);
      const resource = new SecurityGroup(group === ISOLATED ? "isolated" : `group-${group}`, {
        group,
        inventory,
        ...(plan === undefined || vpcId === undefined ? {} : { aws: { plan, vpcId } }),
      });
      return [group, resource];
    }),
  );
}

/**
 * Lets peers into the security groups on AWS.
 * @param elsewhere addresses of the hosts of other regions
 */
export function admitPeers(
  inventory: Inventory,
  fleet: FleetModel,
  groups: ReadonlyMap<string, SecurityGroup>,
  hosts: ReadonlyMap<string, Host>,
  elsewhere: AddressBook,
): void {
  for (const plan of awsGroups(fleet, inventory)) {
    const group = groups.get(plan.group);
    if (group === undefined || plan.references.length + plan.elsewhere.length === 0) continue;
    new PeerRules(`group-${plan.group}-peers`, {
      ...{ group, plan, groups, environment: inventory.environment },
      addressesOf: (host) => hosts.get(host)?.addresses ?? elsewhere.get(host) ?? {},
    });
  }
}

export interface HostContext {
  inventory: Inventory;
  networks: Networks;
  groups: Map<string, SecurityGroup>;
  identity: Identity;
  /** Of every host in a cloud, by name. */
  planned: Map<string, PlannedAddress>;
}

export function createHost(spec: HostSpec, context: HostContext): Host {
  const { inventory, networks, groups, identity, planned } = context;
  const { environment, connect } = inventory;
  if (spec.on === "existing") return new ExistingHost(spec.name, { spec });
  const place = planned.get(spec.name);
  const network = networks[spec.on];
  if (place === undefined || network === undefined) {
    throw new pulumi.RunError(`${spec.name} is on ${spec.on}, but palisade:subnets gives no block for it`);
  }
  if (network instanceof AwsNetwork) {
    const own = groupsOfHost(spec, inventory).flatMap((group) => groups.get(group) ?? []);
    return new AwsHost(spec.name, { spec, inventory, network, place, groups: own, identity });
  }
  const { protect } = inventory;
  return new LinodeHost(spec.name, { spec, environment, network, place, identity, connect, protect });
}

/** The stack's hosts, each with what was decided for it; the fleet has those of other regions, too. */
export function hostsToConfigure(
  fleet: FleetModel,
  hosts: ReadonlyMap<string, Host>,
): { model: HostModel; host: Host }[] {
  return [...fleet.hosts.values()].flatMap((model) => {
    const host = hosts.get(model.name);
    return host === undefined ? [] : [{ model, host }];
  });
}

/**
 * Fails the update, by name, where an address that a cloud chose breaks what the policy takes for granted: that
 * servers' addresses lie in the network `fleet`, and that peers share a family.
 */
export function reportAddresses(
  fleet: FleetModel,
  hosts: Map<string, Host>,
  elsewhere: AddressBook,
  file: string,
): void {
  const names = [...hosts.keys()];
  pulumi.all([...hosts.values()].map((host) => host.addresses)).apply(async (addresses) => {
    const own = new Map(names.map((name, index) => [name, addresses[index] ?? {}]));
    const book = new Map([...elsewhere, ...own]);
    for (const problem of checkAddresses(fleet, book, file)) await pulumi.log.error(formatProblem(problem));
  });
}

/**
 * Renders a host's facets as soon as its own and its peers' addresses are known, and nobody else's.
 * @param neighbours of the fleet
 */
export function planHost(
  model: HostModel,
  fleet: FleetModel,
  neighbours: Neighbours,
  hashes: ReadonlyMap<string, pulumi.Output<string>>,
): HostPlan {
  const book = neighbours.of(model);
  return {
    accounts: facetText(accounts(model, fleet)),
    ...planPasswords(model, fleet, hashes),
    firewall: book.apply((addresses) => facetText(firewall(model, fleet, addresses))),
    ipsec: book.apply((addresses) => facetText(ipsec(model, fleet, addresses))),
  };
}

/**
 * Nothing where sudo asks nobody for a password. Whoever should have one and has none in this stack is left out, and
 * the host drops what it had of them.
 */
function planPasswords(
  model: HostModel,
  fleet: FleetModel,
  hashes: ReadonlyMap<string, pulumi.Output<string>>,
): Pick<HostPlan, "passwords"> {
  const people = peopleWithPassword(model).filter((name) => hashes.has(name));
  if (peopleWithPassword(model).length === 0) return {};
  const text = pulumi
    .all(people.map((name) => hashes.get(name) ?? ""))
    .apply((values) => new Map(people.map((name, index) => [name, values[index] ?? ""])))
    .apply((known) => facetText(passwords(model, fleet, known)));
  return { passwords: pulumi.secret(text) };
}
