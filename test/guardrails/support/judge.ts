/** Lets one rule judge resources as `@pulumi/policy` would: through its own proxy, which throws on unknown values. */
import type {
  PolicyResource,
  PolicyResourceOptions,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import { createRequire } from "node:module";
import { UNKNOWN } from "../../../lab/grpc/values";

/** A value that a preview can't know. */
export const unknown = UNKNOWN;

interface Proxies {
  unknownCheckingProxy: (props: Record<string, unknown>) => Record<string, unknown>;
}

/** Not part of the package's types, and the very thing that the rules must live with. */
const { unknownCheckingProxy } = createRequire(__filename)("@pulumi/policy/proxy") as Proxies;

export interface Resource {
  type: string;
  name: string;
  props?: Record<string, unknown>;
  /** Names of resources. */
  parent?: string;
  dependencies?: string[];
  propertyDependencies?: Record<string, string[]>;
}

const OPTIONS: PolicyResourceOptions = {
  protect: false,
  ignoreChanges: [],
  aliases: [],
  customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
  additionalSecretOutputs: [],
};

function notApplicable(): never {
  throw new Error("not applicable");
}

function getConfig(): never {
  throw new Error("no rule has config");
}

const SHARED = { stackTags: new Map<string, string>(), getConfig, notApplicable };

const urnOf = (stack: string, { type, name }: Resource): string =>
  `urn:pulumi:${stack}::palisade::${type}::${name}`;

function described(stack: string, resource: Resource) {
  const { type, name, props = {} } = resource;
  return {
    type,
    name,
    props: unknownCheckingProxy(props),
    urn: urnOf(stack, resource),
    opts: OPTIONS,
    isType: () => false,
    asType: () => undefined,
  };
}

/** What a rule says of one resource. */
export async function judge(
  policy: ResourceValidationPolicy,
  resource: Resource,
  stack = "dev",
): Promise<string[]> {
  const messages: string[] = [];
  const { validateResource } = policy;
  if (typeof validateResource !== "function") throw new Error(`${policy.name} judges no resource`);
  await validateResource({ ...described(stack, resource), ...SHARED }, (message) => messages.push(message));
  return messages;
}

/** What a rule says of a stack, each with the name of the resource it is about. */
export async function judgeStack(
  policy: StackValidationPolicy,
  resources: readonly Resource[],
  stack = "dev",
): Promise<{ name: string; message: string }[]> {
  const said: { name: string; message: string }[] = [];
  await policy.validateStack({ resources: linked(stack, resources), ...SHARED }, (message, urn) =>
    said.push({ name: urn?.split("::").at(-1) ?? "", message }),
  );
  return said;
}

function linked(stack: string, resources: readonly Resource[]): PolicyResource[] {
  const made = resources.map((resource): PolicyResource => ({
    ...described(stack, resource),
    dependencies: [],
    propertyDependencies: {},
  }));
  const find = (names: readonly string[] = []): PolicyResource[] =>
    names.flatMap((wanted) => made.filter(({ name }) => name === wanted));
  resources.forEach(({ parent, dependencies, propertyDependencies = {} }, index) => {
    const one = made[index];
    if (one === undefined) return;
    one.parent = find(parent === undefined ? [] : [parent])[0];
    one.dependencies = find(dependencies);
    for (const [property, names] of Object.entries(propertyDependencies)) {
      one.propertyDependencies[property] = find(names);
    }
  });
  return made;
}
