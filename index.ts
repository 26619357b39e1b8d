import * as pulumi from "@pulumi/pulumi";
import { secretsOf } from "./compiler/identity/trust";
import { decide } from "./compiler/decide/decide";
import { planAddresses } from "./components/addresses";
import { loadProgramStack } from "./components/checked-stack";
import {
  admitPeers,
  createGroups,
  createHost,
  createNetworks,
  hostsToConfigure,
  planHost,
  reportAddresses,
} from "./components/fleet";
import { HostConfig } from "./components/host-config";
import { Identity } from "./components/identity";
import { createLinodeFirewalls } from "./components/linode-firewalls";
import { Neighbours } from "./components/neighbours";
import { makePaced } from "./components/pace";
import { readRegions } from "./components/regions";
import { readSettings } from "./components/settings";

// Pulumi takes a stack trace of every promise it makes. Mapping them to TypeScript was most of what a large fleet's
// program did; left as they are, their line numbers are those of the transpiled text.
Reflect.deleteProperty(Error, "prepareStackTrace");
Error.stackTraceLimit = 4;

/** All is read and checked before the first resource is registered: the policy, this stack, the other regions. */
export = async () => {
  const settings = readSettings();
  const today = new Date().toISOString().slice(0, 10);
  const { policy, inventory, secrets, hashes } = loadProgramStack(settings, today);
  const { environment, region, secretId } = inventory;
  const { trusted: secretIds } = secretsOf(inventory);
  const regions = await readRegions(inventory, policy);
  const fleet = decide(policy, { ...inventory, regionHosts: regions.hosts }, today);

  const identity = new Identity(inventory, secrets);
  const networks = createNetworks(inventory);
  const groups = createGroups(inventory, fleet, networks);
  const planned = planAddresses(inventory);

  const context = { inventory, networks, groups, identity, planned };
  const made = await makePaced(inventory.hosts, (spec) => createHost(spec, context));
  const machines = new Map(made.map((host) => [host.hostName, host]));
  admitPeers(inventory, fleet, groups, machines, regions.addresses);
  const elsewhere = regions.addresses;
  createLinodeFirewalls({ inventory, fleet, network: networks.linode, hosts: machines, elsewhere });
  reportAddresses(fleet, machines, elsewhere, `Pulumi.${settings.stack}.yaml`);

  const keyEpochs = new Map(inventory.hosts.map((spec) => [spec.name, spec.keyEpoch]));
  const neighbours = new Neighbours(machines, elsewhere);
  // Not awaited: the stack's outputs, which say how a host is reached, are there before all is pushed.
  void makePaced(hostsToConfigure(fleet, machines), ({ model, host }) => {
    const plan = planHost(model, fleet, neighbours, hashes);
    return new HostConfig(model.name, {
      host,
      environment,
      identity,
      plan,
      keyEpoch: keyEpochs.get(model.name),
    });
  });

  /** What the hosts' commands (status, verify, ssh) and other regions need; none of it is secret. */
  const hosts = pulumi.all(
    Object.fromEntries(
      [...machines].map(([name, { addresses, endpoint }]) => {
        const { groups: names, isolated } = fleet.hosts.get(name) ?? {};
        return [name, pulumi.output({ groups: names, isolated, addresses, endpoint })];
      }),
    ),
  );
  const { stacks: regionStacks } = regions;
  return {
    environment,
    region,
    regionStacks,
    secretId,
    secretIds,
    deployerKey: identity.deployerKeys,
    hosts,
  };
};
