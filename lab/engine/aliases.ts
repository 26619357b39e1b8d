/** Former names of resources, under which a state may still know them. */
import { makeUrn, parseUrn, STACK_TYPE, urnName } from "./urn";

/** A former URN, or the parts of it that were different. */
export type Alias =
  | { urn: string }
  | { name: string; type: string; stack: string; project: string; parent: string; noParent: boolean };

interface Named {
  type: string;
  name: string;
  parent: string;
  aliases: readonly Alias[];
}

/**
 * The URNs a resource may have had: its own aliases, and those that follow from a parent's former URN
 * (as pulumi/pulumi's step generator combines them).
 * @param formerUrns URN of this run → the URN under which the state knew that resource
 */
export function formerUrns(
  resource: Named,
  stack: string,
  project: string,
  former: ReadonlyMap<string, string>,
): string[] {
  const own = resource.aliases.map((alias) => aliasUrn(alias, resource, stack, project, former));
  const formerParent = former.get(resource.parent);
  const urns = [...own];
  if (formerParent !== undefined) {
    const inherit = (type: string, name: string): string =>
      inherited(type, name, urnName(resource.parent), formerParent, stack, project);
    urns.push(inherit(resource.type, resource.name));
    urns.push(...own.map((urn) => inherit(parseUrn(urn).type, parseUrn(urn).name)));
  }
  return [...new Set(urns)];
}

function aliasUrn(
  alias: Alias,
  resource: Named,
  stack: string,
  project: string,
  former: ReadonlyMap<string, string>,
): string {
  if ("urn" in alias) return alias.urn;
  const named = alias.parent === "" ? resource.parent : (former.get(alias.parent) ?? alias.parent);
  const parent = alias.noParent || isStack(named) ? "" : named;
  return makeUrn(
    alias.stack || stack,
    alias.project || project,
    parent,
    alias.type || resource.type,
    alias.name || resource.name,
  );
}

function isStack(urn: string): boolean {
  return urn !== "" && parseUrn(urn).type === STACK_TYPE;
}

/** A child named after its parent was named after the parent's former name. */
function inherited(
  type: string,
  name: string,
  parentName: string,
  formerParent: string,
  stack: string,
  project: string,
): string {
  const formerName = name.startsWith(parentName)
    ? urnName(formerParent) + name.slice(parentName.length)
    : name;
  return makeUrn(stack, project, formerParent, type, formerName);
}
