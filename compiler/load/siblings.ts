import type { Inventory, RegionHost } from "../model";
import { compareText } from "../text";
import { Report } from "../validate/report";
import { draftInventory } from "./inventory";
import type { ProjectInput, Stack } from "./stack";

/** Another stack of the project, as far as it can be read: what is wrong with it is told where it is checked itself. */
export interface Sibling {
  stack: string;
  file: string;
  inventory: Inventory;
}

/** The project's other stacks, by name. Those that cannot be read at all are left out. */
export function loadSiblings(project: ProjectInput, { policy }: Pick<Stack, "policy">): Sibling[] {
  const known = { groups: new Set(policy.groups.keys()) };
  return [...project.siblings]
    .flatMap(([stack, { source }]) =>
      source === undefined
        ? []
        : { stack, file: source.file, inventory: draftInventory(source, { policy, known }, new Report()) },
    )
    .sort((a, b) => compareText(a.stack, b.stack));
}

/** The siblings that a stack names as its environment's other regions, and that are of its environment. */
export function regionsAmong(siblings: readonly Sibling[], inventory: Inventory): Sibling[] {
  return siblings.filter(
    (sibling) =>
      inventory.regionStacks.includes(sibling.stack) &&
      sibling.inventory.environment === inventory.environment,
  );
}

/** The hosts of other regions as their stacks' files list them. */
export function regionHosts(regions: readonly Sibling[]): RegionHost[] {
  return regions.flatMap(({ stack, inventory }) =>
    inventory.hosts.map(({ name, groups }) => ({
      name,
      groups,
      isolated: inventory.isolated.includes(name),
      stack,
    })),
  );
}
