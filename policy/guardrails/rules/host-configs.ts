import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";

const INSTANCES = ["aws:ec2/instance:Instance", "linode:index/instance:Instance"];
const EXISTING_HOST = "palisade:index:ExistingHost";
const HOSTS = ["palisade:index:AwsHost", "palisade:index:LinodeHost", EXISTING_HOST];
const COMMAND = "command:remote:Command";

/** The machines that some host's commands are for: they depend on the instance they are run on; and those hosts. */
function configured(resources: readonly PolicyResource[]): Set<string> {
  const urns = resources.flatMap(({ type, parent, dependencies, propertyDependencies }) => {
    if (type !== COMMAND || parent === undefined || !HOSTS.includes(parent.type)) return [];
    return [parent, ...dependencies, ...Object.values(propertyDependencies).flat()].map(({ urn }) => urn);
  });
  return new Set(urns);
}

/** An instance without one runs with the image's open firewall, no IPsec and nobody's accounts. */
export const everyHostConfigured: StackValidationPolicy = {
  name: "every-host-configured",
  description: "Every instance and every existing host has its HostConfig: firewall, IPsec and accounts.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, report) => {
    const machines = configured(resources);
    for (const { type, name, urn } of resources) {
      if (![...INSTANCES, EXISTING_HOST].includes(type) || machines.has(urn)) continue;
      report(`${name} has no HostConfig, so nothing guards it; make one for it, or take it out`, urn);
    }
  },
};
