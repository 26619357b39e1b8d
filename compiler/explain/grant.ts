import type { Grant } from "../model";
import { ALL } from "../words";

/** What a grant that holds is bound to. */
export function conditionsOf({ environments, until }: Grant): string[] {
  return [
    ...(environments === undefined ? [] : [`holds only in ${environments.join(", ")}`]),
    ...(until === undefined ? [] : [`ends on ${until}`]),
  ];
}

/** A host's groups with those that say most first: "all" says nothing. */
export function tellingGroups(groups: readonly string[]): string[] {
  return [...groups.filter((group) => group !== ALL), ...groups.filter((group) => group === ALL)];
}
