import * as pulumi from "@pulumi/pulumi";
import { planAddresses } from "./components/addresses";
import { loadProgramStack } from "./components/checked-stack";
import { createGroups, createHost, createNetworks, planHost, reportAddresses } from "./components/fleet";
import { HostConfig } from "./components/host-config";
import { Identity } from "./components/identity";
import { readSettings } from "./components/settings";

const settings = readSettings();
const today = new Date().toISOString().slice(0, 10);
const { inventory, model: fleet, secret, hashes } = loadProgramStack(settings, today);
export const { environment } = inventory;

const identity = new Identity(environment, inventory.certificateEpoch, secret);
const networks = createNetworks(inventory);
const groups = createGroups(inventory, fleet, networks);
const planned = planAddresses(inventory);

const machines = new Map(
  inventory.hosts.map((spec) => [
    spec.name,
    createHost(spec, { inventory, networks, groups, identity, planned }),
  ]),
);
for (const [name, model] of fleet.hosts) {
  const host = machines.get(name);
  if (host === undefined) continue;
  new HostConfig(name, { host, environment, identity, plan: planHost(model, fleet, machines, hashes) });
}

reportAddresses(fleet, machines, `Pulumi.${settings.stack}.yaml`);

export const deployerKey = identity.deployer.publicKey;
/** What the hosts' commands (status, verify, ssh) and other regions need; none of it is secret. */
export const hosts = pulumi.all(
  Object.fromEntries(
    [...machines].map(([name, { addresses, endpoint }]) => [
      name,
      pulumi.output({ groups: fleet.hosts.get(name)?.groups, addresses, endpoint }),
    ]),
  ),
);
