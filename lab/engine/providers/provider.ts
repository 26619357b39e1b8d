/** What the engine asks of a provider, be it a plugin process or built in. */
import type { Difference } from "../diff";
import type { LogLevel } from "../events";
import type { Properties } from "../values";

export interface CheckFailure {
  /** Empty where it is about the whole resource. */
  property: string;
  reason: string;
}

export interface Checked {
  inputs: Properties;
  failures: CheckFailure[];
}

export interface ProviderDiff {
  /** `unknown` leaves it to the engine to compare inputs. */
  changes: "none" | "some" | "unknown";
  /** Top-level properties whose change needs a replacement. */
  replaceKeys: string[];
  /** Top-level properties that changed. */
  changedKeys: string[];
  /** Leaf by leaf, from providers that can tell. */
  detailed?: Difference[];
  deleteBeforeReplace: boolean;
}

/** One resource, as its provider sees it. */
export interface ResourceRef {
  urn: string;
  id: string;
}

export interface CreateRequest {
  urn: string;
  inputs: Properties;
  preview: boolean;
  /** Seconds; 0 leaves it to the provider. */
  timeout: number;
}

export interface UpdateRequest extends CreateRequest {
  id: string;
  oldInputs: Properties;
  oldOutputs: Properties;
  ignoreChanges: string[];
}

export interface Created {
  /** Empty in a preview. */
  id: string;
  outputs: Properties;
  /** Reasons why a resource that now exists is not in order; the next update tries again. */
  initErrors?: string[];
}

export interface Invoked {
  value: Properties;
  failures: CheckFailure[];
}

export interface Provider {
  /** Throws on config the provider can't use. */
  configure(config: Properties, resource: ResourceRef): Promise<void>;
  checkConfig(urn: string, olds: Properties, news: Properties): Promise<Checked>;
  diffConfig(urn: string, oldInputs: Properties, newInputs: Properties): Promise<ProviderDiff>;
  /** `olds` are the old inputs, undefined for a resource to be made. */
  check(urn: string, olds: Properties | undefined, news: Properties, preview: boolean): Promise<Checked>;
  diff(request: DiffRequest): Promise<ProviderDiff>;
  create(request: CreateRequest): Promise<Created>;
  update(request: UpdateRequest): Promise<Omit<Created, "id">>;
  delete(resource: ResourceRef, inputs: Properties, outputs: Properties, timeout: number): Promise<void>;
  /** Undefined outputs: there is no such resource. */
  read(
    resource: ResourceRef,
    inputs: Properties,
    state: Properties,
  ): Promise<{ id: string; outputs: Properties } | undefined>;
  invoke(token: string, args: Properties, preview: boolean): Promise<Invoked>;
  /** Asks for what is under way to end early. */
  cancel(): Promise<void>;
  close(): Promise<void>;
}

export interface DiffRequest extends ResourceRef {
  oldInputs: Properties;
  oldOutputs: Properties;
  newInputs: Properties;
  ignoreChanges: string[];
  preview: boolean;
}

/** What a provider may tell the run. */
export interface ProviderHost {
  log(level: LogLevel, message: string, urn: string, passing: boolean): void;
  /** A connection to a host is about to be tried. */
  contacted(host: string): void;
}

export const noDiff: ProviderDiff = {
  changes: "none",
  replaceKeys: [],
  changedKeys: [],
  deleteBeforeReplace: false,
};

export const unknownDiff: ProviderDiff = { ...noDiff, changes: "unknown" };

/** For built-in providers: no config, nothing to read or call. */
export abstract class BuiltInProvider implements Provider {
  configure(): Promise<void> {
    return Promise.resolve();
  }

  checkConfig(_urn: string, _olds: Properties, news: Properties): Promise<Checked> {
    return Promise.resolve({ inputs: news, failures: [] });
  }

  diffConfig(): Promise<ProviderDiff> {
    return Promise.resolve(unknownDiff);
  }

  abstract check(
    urn: string,
    olds: Properties | undefined,
    news: Properties,
    preview: boolean,
  ): Promise<Checked>;
  abstract diff(request: DiffRequest): Promise<ProviderDiff>;
  abstract create(request: CreateRequest): Promise<Created>;
  abstract update(request: UpdateRequest): Promise<Omit<Created, "id">>;
  abstract delete(
    resource: ResourceRef,
    inputs: Properties,
    outputs: Properties,
    timeout: number,
  ): Promise<void>;

  read(
    resource: ResourceRef,
    _inputs: Properties,
    state: Properties,
  ): Promise<{ id: string; outputs: Properties } | undefined> {
    return Promise.resolve({ id: resource.id, outputs: state });
  }

  invoke(token: string, args: Properties): Promise<Invoked>;
  invoke(token: string): Promise<Invoked> {
    return Promise.reject(new Error(`the lab's engine has no function ${token}`));
  }

  cancel(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
