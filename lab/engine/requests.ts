/** Reads the program's gRPC requests into goals, refusing what this engine does not do. */
import type { Alias as AliasMessage } from "@pulumi/pulumi/proto/alias_pb";
import type { ReadResourceRequest, RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { Alias } from "./aliases";
import { type Goal, parseDuration, plainGoal } from "./goal";
import type { Timeouts } from "./state";
import { isProviderType } from "./urn";
import { type Properties, Secret } from "./values";
import { fromStruct } from "./wire";

/** Throws, naming the option, on one that only the real engine has. */
export function goalOf(request: RegisterResourceRequest): Goal {
  refuseUnsupported(request);
  const type = request.getType();
  const inputs = fromStruct(request.getObject());
  return {
    type,
    name: request.getName(),
    custom: request.getCustom(),
    parent: request.getParent(),
    inputs: isProviderType(type) ? providerInputs(inputs, request.getVersion()) : inputs,
    dependencies: request.getDependenciesList(),
    propertyDependencies: dependencyMap(request),
    provider: request.getProvider(),
    version: request.getVersion(),
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    deletedWith: request.getDeletedwith(),
    deleteBeforeReplace: request.getDeletebeforereplacedefined()
      ? request.getDeletebeforereplace()
      : undefined,
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    aliases: [
      ...request.getAliasurnsList().map((urn): Alias => ({ urn })),
      ...request.getAliasesList().map(aliasOf),
    ],
    timeouts: timeoutsOf(request.getCustomtimeouts()),
  };
}

export function readGoalOf(request: ReadResourceRequest): Goal {
  return {
    ...plainGoal({
      type: request.getType(),
      name: request.getName(),
      custom: true,
      parent: request.getParent(),
      inputs: fromStruct(request.getProperties()),
    }),
    dependencies: request.getDependenciesList(),
    provider: request.getProvider(),
    version: request.getVersion(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
  };
}

function refuseUnsupported(request: RegisterResourceRequest): void {
  const hooks: Record<string, string[]> = { ...request.getHooks()?.toObject() };
  const used: [string, boolean][] = [
    ["a remote component", request.getRemote()],
    ["a dynamic provider", request.getType().startsWith("pulumi-nodejs:dynamic")],
    ["the option `import`", request.getImportid() !== ""],
    ["the option `transforms`", request.getTransformsList().length > 0],
    ["the option `replaceWith`", request.getReplaceWithList().length > 0],
    ["the option `replacementTrigger`", request.hasReplacementTrigger()],
    ["the option `hooks`", Object.values(hooks).some((names) => names.length > 0)],
  ];
  const found = used.find(([, present]) => present);
  if (found === undefined) return;
  throw new Error(
    `${request.getType()} ${request.getName()} uses ${found[0]}, which the lab's engine does not do`,
  );
}

/** The SDK sends nested config as JSON text; the version chooses the plugin and is kept beside it. */
function providerInputs(inputs: Properties, version: string): Properties {
  return version === "" ? inputs : { ...inputs, version };
}

function dependencyMap(request: RegisterResourceRequest): Record<string, string[]> {
  const entries = [...request.getPropertydependenciesMap().entries()];
  return Object.fromEntries(entries.map(([name, dependencies]) => [name, dependencies.getUrnsList()]));
}

function aliasOf(alias: AliasMessage): Alias {
  const spec = alias.getSpec();
  if (spec === undefined) return { urn: alias.getUrn() };
  return {
    name: spec.getName(),
    type: spec.getType(),
    stack: spec.getStack(),
    project: spec.getProject(),
    parent: spec.getParenturn(),
    noParent: spec.getNoparent(),
  };
}

function timeoutsOf(timeouts: RegisterResourceRequest.CustomTimeouts | undefined): Timeouts {
  return {
    create: parseDuration(timeouts?.getCreate() ?? ""),
    update: parseDuration(timeouts?.getUpdate() ?? ""),
    delete: parseDuration(timeouts?.getDelete() ?? ""),
  };
}

/** Config values as a default provider takes them; each is a string, as in the stack's config. */
export function packageConfig(
  config: Record<string, string>,
  secretKeys: readonly string[],
): (pkg: string) => Properties {
  return (pkg) =>
    Object.fromEntries(
      Object.entries(config)
        .filter(([key]) => key.startsWith(`${pkg}:`))
        .map(([key, value]) => [
          key.slice(pkg.length + 1),
          secretKeys.includes(key) ? new Secret(value) : value,
        ]),
    );
}
