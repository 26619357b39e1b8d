/** Uniform resource names: `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`. */

export const STACK_TYPE = "pulumi:pulumi:Stack";

export interface UrnParts {
  stack: string;
  project: string;
  /** Types of all ancestors but the stack, and the resource's own, joined by `$`. */
  qualifiedType: string;
  type: string;
  name: string;
}

/** Builds a URN; `parent` is the parent's URN, and the root stack counts as none. */
export function makeUrn(stack: string, project: string, parent: string, type: string, name: string): string {
  const ancestry = parent === "" ? "" : parseUrn(parent).qualifiedType;
  const qualified = ancestry === "" || ancestry === STACK_TYPE ? type : `${ancestry}$${type}`;
  return `urn:pulumi:${stack}::${project}::${qualified}::${name}`;
}

/** Takes a URN apart. Throws on what is none. */
export function parseUrn(urn: string): UrnParts {
  const [head, project, qualifiedType, ...name] = urn.split("::");
  const prefix = "urn:pulumi:";
  if (
    !head?.startsWith(prefix) ||
    project === undefined ||
    qualifiedType === undefined ||
    name.length === 0
  ) {
    throw new Error(`not a resource URN: ${urn}`);
  }
  return {
    stack: head.slice(prefix.length),
    project,
    qualifiedType,
    type: qualifiedType.slice(qualifiedType.lastIndexOf("$") + 1),
    name: name.join("::"),
  };
}

export const urnName = (urn: string): string => parseUrn(urn).name;

/** `aws` of `aws:ec2/instance:Instance`. */
export const packageOf = (type: string): string => type.slice(0, type.indexOf(":"));

const PROVIDER_PREFIX = "pulumi:providers:";

export const isProviderType = (type: string): boolean => type.startsWith(PROVIDER_PREFIX);

/** `aws` of `pulumi:providers:aws`. */
export const providerPackage = (type: string): string => type.slice(PROVIDER_PREFIX.length);

export const providerType = (pkg: string): string => `${PROVIDER_PREFIX}${pkg}`;

/** A provider reference, `URN::ID`, taken apart. */
export function parseProviderRef(ref: string): { urn: string; id: string } {
  const split = ref.lastIndexOf("::");
  return { urn: ref.slice(0, split), id: ref.slice(split + 2) };
}
