/**
 * Resources as a policy pack is sent them (pulumi/pulumi, sdk/go/common/resource/plugin/analyzer_plugin.go): with
 * secrets marked, unknowns as such, and without what is the engine's own business.
 */
import * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { ResourceState } from "../state";
import { isProviderType, parseProviderRef, urnName } from "../urn";
import { isProperties, mapProperties, type Properties, Secret, type Value } from "../values";
import { SIGNATURE, toStruct } from "../wire";

const RESOURCE_SIGNATURE = "5cf8f73096256a8f31e491e813e4eb8e";

/** A resource to be judged, by its inputs before it is touched and by its outputs at the end. */
export interface Subject {
  state: ResourceState;
  /** As the program has it; undefined leaves it to the provider. */
  deleteBeforeReplace: boolean | undefined;
  /** The provider's own resource; undefined for components and providers. */
  provider: ResourceState | undefined;
}

/** What a pack found wrong. */
export interface Violation {
  /** Name of the pack and of the rule in it. */
  pack: string;
  policy: string;
  level: "mandatory" | "advisory";
  message: string;
  /** Of the resource, which may be the stack's own. */
  urn: string;
}

export function analyzeRequest(subject: Subject): proto.AnalyzeRequest {
  const { state } = subject;
  const request = new proto.AnalyzeRequest();
  request.setUrn(state.urn);
  request.setType(state.type);
  request.setName(urnName(state.urn));
  request.setProperties(propertiesOf(state.inputs));
  request.setOptions(optionsOf(subject));
  request.setProvider(providerOf(subject));
  return request;
}

export function analyzeStackRequest(subjects: readonly Subject[]): proto.AnalyzeStackRequest {
  const request = new proto.AnalyzeStackRequest();
  request.setResourcesList(subjects.map(stackResource));
  return request;
}

function stackResource(subject: Subject): proto.AnalyzerResource {
  const { state } = subject;
  const resource = new proto.AnalyzerResource();
  resource.setUrn(state.urn);
  resource.setType(state.type);
  resource.setName(urnName(state.urn));
  resource.setProperties(propertiesOf(state.outputs));
  resource.setOptions(optionsOf(subject));
  resource.setProvider(providerOf(subject));
  resource.setParent(state.parent);
  resource.setDependenciesList(state.dependencies);
  for (const [name, urns] of Object.entries(state.propertyDependencies)) {
    if (urns.length === 0) continue;
    const dependencies = new proto.AnalyzerPropertyDependencies();
    dependencies.setUrnsList(urns);
    resource.getPropertydependenciesMap().set(name, dependencies);
  }
  return resource;
}

function optionsOf({ state, deleteBeforeReplace }: Subject): proto.AnalyzerResourceOptions {
  const timeouts = new proto.AnalyzerResourceOptions.CustomTimeouts();
  timeouts.setCreate(state.timeouts.create);
  timeouts.setUpdate(state.timeouts.update);
  timeouts.setDelete(state.timeouts.delete);
  const options = new proto.AnalyzerResourceOptions();
  options.setProtect(state.protect);
  options.setIgnorechangesList(state.ignoreChanges);
  options.setDeletebeforereplace(deleteBeforeReplace ?? false);
  options.setDeletebeforereplacedefined(deleteBeforeReplace !== undefined);
  options.setAdditionalsecretoutputsList(state.additionalSecretOutputs);
  options.setCustomtimeouts(timeouts);
  options.setParent(state.parent);
  return options;
}

function providerOf({ provider }: Subject): proto.AnalyzerProviderResource | undefined {
  if (provider === undefined) return undefined;
  const message = new proto.AnalyzerProviderResource();
  message.setUrn(provider.urn);
  message.setType(provider.type);
  message.setName(urnName(provider.urn));
  message.setProperties(propertiesOf(provider.inputs));
  return message;
}

function propertiesOf(properties: Properties): Struct {
  return toStruct(mapProperties(properties, plain));
}

/** Resources that are values become their ids, or their URNs where they have none; internal keys go. */
function plain(value: Value): Value {
  if (value instanceof Secret) return new Secret(plain(value.value));
  if (Array.isArray(value)) return value.map(plain);
  if (!isProperties(value)) return value;
  if (value[SIGNATURE] === RESOURCE_SIGNATURE) return plain(value.id ?? value.urn ?? null);
  const own = Object.entries(value).filter(([name]) => !name.startsWith("__"));
  return mapProperties(Object.fromEntries(own), plain);
}

/** The provider of a resource, among those that are known. */
export function providerState(
  state: ResourceState,
  find: (urn: string) => ResourceState | undefined,
): ResourceState | undefined {
  if (state.provider === "" || isProviderType(state.type)) return undefined;
  return find(parseProviderRef(state.provider).urn);
}

/** Remediations never come from `Analyze`; a violation of that level is a mandatory one, as with the real engine. */
export function violationsOf(response: proto.AnalyzeResponse, urn: string): Violation[] {
  return response.getDiagnosticsList().map((diagnostic) => ({
    pack: diagnostic.getPolicypackname(),
    policy: diagnostic.getPolicyname(),
    level: diagnostic.getEnforcementlevel() === proto.EnforcementLevel.ADVISORY ? "advisory" : "mandatory",
    message: diagnostic.getMessage(),
    urn: diagnostic.getUrn() === "" ? urn : diagnostic.getUrn(),
  }));
}
