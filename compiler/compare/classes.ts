import type { DecidedStack } from "../check/stack";
import type { Rule } from "../rules/admits";
import { compareText } from "../text";

/** Hosts that are in the same groups, on either side of a comparison: what holds for one holds for all. */
export interface HostClass {
  hosts: string[];
  groups: ReadonlySet<string>;
  /** Groups on the other side; empty if the hosts are not there, or isolated. */
  others: ReadonlySet<string>;
  /** What the hosts accept. */
  rules: readonly Rule[];
  /** What they accept on the other side. */
  otherRules: readonly Rule[];
}

/** The hosts of one side that are not isolated there, by the groups that they are in on both. */
export function classesOf({ model }: DecidedStack, other: DecidedStack): HostClass[] {
  const classes = new Map<string, HostClass>();
  for (const host of model.hosts.values()) {
    if (host.isolated) continue;
    const counterpart = other.model.hosts.get(host.name);
    const others = counterpart === undefined || counterpart.isolated ? [] : counterpart.groups;
    const key = `${host.groups.join(" ")}|${others.join(" ")}`;
    const known = classes.get(key);
    if (known !== undefined) known.hosts.push(host.name);
    else {
      classes.set(key, {
        hosts: [host.name],
        groups: new Set(host.groups),
        others: new Set(others),
        rules: rulesOf(host.accepts),
        otherRules: rulesOf(counterpart?.accepts ?? []),
      });
    }
  }
  return [...classes.values()];
}

function rulesOf(accepts: readonly Rule["accept"][]): Rule[] {
  return accepts.flatMap((accept) => accept.origins.map((origin) => ({ accept, origin })));
}

/** Gathers hosts under what they have in common; keys come in the order of `compareText`. */
export class Gathered<T> {
  private readonly found = new Map<string, { value: T; hosts: Set<string> }>();

  /** @param value plain data; equal values are one */
  add(value: T, hosts: Iterable<string>): void {
    const key = JSON.stringify(value);
    const entry = this.found.get(key) ?? { value, hosts: new Set<string>() };
    for (const host of hosts) entry.hosts.add(host);
    this.found.set(key, entry);
  }

  sorted(): { value: T; hosts: string[] }[] {
    return [...this.found.entries()]
      .sort(([a], [b]) => compareText(a, b))
      .map(([, { value, hosts }]) => ({ value, hosts: [...hosts].sort(compareText) }));
  }
}
