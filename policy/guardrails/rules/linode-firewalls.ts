import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { at, items, number, read } from "./reading";

const FIREWALL = "linode:index/firewall:Firewall";
const DEVICE = "linode:index/firewallDevice:FirewallDevice";
const INSTANCE = "linode:index/instance:Instance";

/** What a resource attaches firewalls to: the resources that this property of it comes from. */
function attached({ propertyDependencies }: PolicyResource, property: string): string[] {
  return (propertyDependencies[property] ?? []).map(({ urn }) => urn);
}

/** URNs and ids of the instances that an enabled firewall has. */
function guarded(resources: readonly PolicyResource[]): { urns: Set<string>; ids: Set<number> } {
  const firewalls = resources.filter(
    ({ type, props }) => type === FIREWALL && at(read(props), "disabled") !== true,
  );
  const devices = resources.filter(({ type }) => type === DEVICE);
  return {
    urns: new Set([
      ...firewalls.flatMap((firewall) => attached(firewall, "linodes")),
      ...devices.flatMap((device) => attached(device, "entityId")),
    ]),
    ids: new Set(
      firewalls.flatMap(({ props }) => items(at(read(props), "linodes")).flatMap((id) => number(id) ?? [])),
    ),
  };
}

/** A host's own firewall can be taken down by who has root on it; the one in front of it can't. */
export const everyLinodeFirewalled: StackValidationPolicy = {
  name: "every-linode-firewalled",
  description: "Every instance on Linode is behind a Cloud Firewall that is enabled.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, report) => {
    const { urns, ids } = guarded(resources);
    for (const { type, name, urn, props } of resources) {
      if (type !== INSTANCE || urns.has(urn)) continue;
      const fields = read(props);
      const id = number(at(fields, "id"));
      if (at(fields, "firewallId") !== undefined || (id !== undefined && ids.has(id))) continue;
      report(`${name} is behind no Cloud Firewall; list it in the linodes of an enabled one`, urn);
    }
  },
};
