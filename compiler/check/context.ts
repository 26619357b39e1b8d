import type { FleetModel } from "../model";
import { leastGroups, type RuleContext } from "../rules/context";
import { ALL } from "../words";

/**
 * Groups that a host in `group` is or could be in: those of the environment's hosts that are in it. "all" holds them all,
 * whether or not there is a host in each. Isolated hosts count: a drill changes nothing that must stay true.
 */
export function mostGroups(group: string, context: RuleContext): Set<string> {
  if (group === ALL) return new Set(context.policy.groups.keys());
  return new Set([...leastGroups(group), ...(groupsBeside(context).get(group) ?? [])]);
}

const beside = new WeakMap<FleetModel, ReadonlyMap<string, ReadonlySet<string>>>();

/** For each group those that hosts in it are in; found once for all tests. */
function groupsBeside(context: RuleContext): ReadonlyMap<string, ReadonlySet<string>> {
  const known = beside.get(context.model);
  if (known !== undefined) return known;
  const found = new Map<string, Set<string>>();
  for (const { groups } of everywhere(context)) {
    for (const group of groups) {
      const others = found.get(group) ?? new Set();
      for (const other of groups) others.add(other);
      found.set(group, others);
    }
  }
  beside.set(context.model, found);
  return found;
}

/** `; app-1 is in "app" and in "web"`, where a rule of one group touches another through a host that is in both. */
export function throughHost(group: string, rule: string, context: RuleContext): string {
  if (group === rule || group === ALL || rule === ALL) return "";
  const host = everywhere(context).find(({ groups }) => groups.includes(group) && groups.includes(rule));
  return host === undefined ? "" : `; ${host.name} is in "${group}" and in "${rule}"`;
}

/** The stack's own hosts, and those of the environment's other regions. */
function everywhere({ inventory, model }: RuleContext): { name: string; groups: readonly string[] }[] {
  return [...inventory.hosts, ...model.regionHosts.values()];
}
