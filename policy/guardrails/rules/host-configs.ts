import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";

const INSTANCES = ["aws:ec2/instance:Instance", "linode:index/instance:Instance"];
const EXISTING_HOST = "palisade:index:ExistingHost";
const HOST_CONFIG = "palisade:index:HostConfig";

/** The machines that some HostConfig's commands are for: they depend on the instance they are run on. */
function configured(resources: readonly PolicyResource[]): Set<string> {
  const commands = resources.filter(({ parent }) => parent?.type === HOST_CONFIG);
  const needed = commands.flatMap(({ dependencies, propertyDependencies }) => [
    ...dependencies,
    ...Object.values(propertyDependencies).flat(),
  ]);
  return new Set(needed.map(({ urn }) => urn));
}

/** An instance without one runs with the image's open firewall, no IPsec and nobody's accounts. */
export const everyHostConfigured: StackValidationPolicy = {
  name: "every-host-configured",
  description: "Every instance and every existing host has its HostConfig: firewall, IPsec and accounts.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, report) => {
    const machines = configured(resources);
    const configs = new Set(resources.filter(({ type }) => type === HOST_CONFIG).map(({ name }) => name));
    for (const { type, name, urn } of resources) {
      const instance = INSTANCES.includes(type) && !machines.has(urn);
      const existing = type === EXISTING_HOST && !configs.has(name);
      if (!instance && !existing) continue;
      report(`${name} has no HostConfig, so nothing guards it; make one for it, or take it out`, urn);
    }
  },
};
