import type { GroupModel } from "../model";

/** For each group those it offers a service to, and those that offer one to it. */
export function findNeighbours(groups: ReadonlyMap<string, GroupModel>): Map<string, Set<string>> {
  const neighbours = new Map<string, Set<string>>();
  const join = (a: string, b: string) => {
    const known = neighbours.get(a);
    if (known === undefined) neighbours.set(a, new Set([b]));
    else known.add(b);
  };
  for (const group of groups.values()) {
    for (const origin of group.accepts.flatMap((accept) => accept.origins)) {
      if (origin.kind !== "group") continue;
      join(group.name, origin.group);
      join(origin.group, group.name);
    }
  }
  return neighbours;
}
