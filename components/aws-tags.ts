import type { Inventory } from "../compiler/model";

/** What of an inventory all its resources on AWS are told by. */
export type TagSource = Pick<Inventory, "environment" | "owner">;

/**
 * The tags of a resource on AWS.
 * @param name as people see it in the console
 * @param groups of the policy that it is there for
 */
export function awsTags(
  { environment, owner }: TagSource,
  name: string,
  groups: readonly string[] = [],
): Record<string, string> {
  return {
    Name: name,
    "palisade:environment": environment,
    ...(groups.length === 0 ? {} : { "palisade:groups": groups.join(" ") }),
    ...(owner === undefined ? {} : { "palisade:owner": owner }),
  };
}
