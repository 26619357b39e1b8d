/**
 * The providers of a run. Each is a resource of type `pulumi:providers:PACKAGE` with a URN and an id, and
 * an instance behind it that serves the resources which refer to it.
 */
import { randomUUID } from "node:crypto";
import type { ProviderCommand } from "../options";
import type { ResourceState } from "../state";
import { parseProviderRef, providerPackage, parseUrn } from "../urn";
import { type Properties, withoutSecrets } from "../values";
import { UNKNOWN } from "../wire";
import { differences } from "../diff";
import { CommandProvider } from "./command";
import { PluginProvider } from "./plugin";
import { startPlugin } from "./plugin-process";
import {
  BuiltInProvider,
  type Checked,
  type Created,
  type CreateRequest,
  type DiffRequest,
  type Provider,
  type ProviderDiff,
  type ProviderHost,
  type UpdateRequest,
} from "./provider";

export interface RegistryOptions {
  commands: Record<string, ProviderCommand>;
  host: ProviderHost;
  /** The engine's own address, which plugins are told. */
  engine: () => string;
  /** Serves `pulumi:pulumi:StackReference`. */
  pulumi: Provider;
}

/** As a provider, it creates, updates and deletes provider resources. */
export class ProviderRegistry extends BuiltInProvider {
  /** Instances by provider reference, `URN::ID`. */
  private readonly instances = new Map<string, Promise<Provider>>();
  /** Started for a check, not configured yet, by URN. */
  private readonly checked = new Map<string, Provider>();
  private readonly all = new Set<Provider>();

  constructor(private readonly options: RegistryOptions) {
    super();
  }

  /** The provider of a reference, started from its state when this run has not used it yet. */
  async get(ref: string, states: () => readonly ResourceState[]): Promise<Provider> {
    const known = this.instances.get(ref);
    if (known !== undefined) return known;
    const { urn, id } = parseProviderRef(ref);
    const state = states().find((resource) => resource.urn === urn && resource.id === id);
    if (state === undefined) throw new Error(`there is no provider ${urn} any more`);
    return this.use(ref, () => this.start(state.urn, id, state.inputs));
  }

  /** Takes a provider into use as it was last configured. */
  async same(state: ResourceState): Promise<void> {
    const ref = `${state.urn}::${state.id}`;
    await this.use(ref, () => this.configured(state.urn, state.id, state.inputs));
  }

  override async check(urn: string, olds: Properties | undefined, news: Properties): Promise<Checked> {
    const provider = await this.launch(packageOfProvider(urn));
    const checked = await provider.checkConfig(urn, olds ?? {}, news);
    if (checked.failures.length === 0) this.checked.set(urn, provider);
    return checked;
  }

  override async diff(request: DiffRequest): Promise<ProviderDiff> {
    const { urn, oldInputs, newInputs } = request;
    const provider = this.checked.get(urn) ?? (await this.launch(packageOfProvider(urn)));
    return engineDiff(await provider.diffConfig(urn, oldInputs, newInputs), oldInputs, newInputs);
  }

  /** Whether resources of one provider can be taken over by another; `replaceKeys` say no. */
  async diffProviders(ref: string, old: Properties, now: Properties): Promise<ProviderDiff> {
    const provider = await this.get(ref, () => []);
    return provider.diffConfig(parseProviderRef(ref).urn, old, now);
  }

  override async create(request: CreateRequest): Promise<Created> {
    const id = request.preview ? UNKNOWN : randomUUID();
    await this.use(`${request.urn}::${id}`, () => this.configured(request.urn, id, request.inputs));
    return { id, outputs: request.inputs };
  }

  override async update(request: UpdateRequest): Promise<Omit<Created, "id">> {
    await this.use(`${request.urn}::${request.id}`, () =>
      this.configured(request.urn, request.id, request.inputs),
    );
    return { outputs: request.inputs };
  }

  override delete(): Promise<void> {
    return Promise.resolve();
  }

  override async cancel(): Promise<void> {
    await Promise.all([...this.all].map((provider) => provider.cancel()));
  }

  override async close(): Promise<void> {
    await Promise.all([...this.all].map((provider) => provider.close()));
  }

  private use(ref: string, make: () => Promise<Provider>): Promise<Provider> {
    const known = this.instances.get(ref);
    if (known !== undefined) return known;
    const made = make();
    this.instances.set(ref, made);
    return made;
  }

  /** The instance that checked the config, now configured; or a new one. */
  private async configured(urn: string, id: string, config: Properties): Promise<Provider> {
    const provider = this.checked.get(urn);
    if (provider === undefined) return this.start(urn, id, config);
    this.checked.delete(urn);
    await provider.configure(config, { urn, id });
    return provider;
  }

  private async start(urn: string, id: string, config: Properties): Promise<Provider> {
    const provider = await this.launch(packageOfProvider(urn));
    await provider.configure(config, { urn, id });
    return provider;
  }

  private async launch(pkg: string): Promise<Provider> {
    const provider = await this.make(pkg);
    this.all.add(provider);
    return provider;
  }

  private async make(pkg: string): Promise<Provider> {
    const { commands, host, engine, pulumi } = this.options;
    const command = commands[pkg];
    if (command !== undefined) {
      const log = (line: string): void => host.log("info", `${pkg}: ${line}`, "", true);
      if (command.command.length === 0) throw new Error(`provider ${pkg}: no command to start it with`);
      const whole = { ...command, command: [...command.command, engine()] };
      return new PluginProvider(await startPlugin(`provider ${pkg}`, whole, log));
    }
    if (pkg === "command") return new CommandProvider(host);
    if (pkg === "pulumi") return pulumi;
    throw new Error(
      `no provider for package "${pkg}": the lab's engine has ${["command", ...Object.keys(commands)].sort().join(", ")}`,
    );
  }
}

const packageOfProvider = (urn: string): string => providerPackage(parseUrn(urn).type);

/** Settles a provider's "unknown" by comparing inputs, as it does not depend on their secrecy. */
export function engineDiff(diff: ProviderDiff, olds: Properties, news: Properties): ProviderDiff {
  if (diff.changes !== "unknown") return diff;
  const detailed = differences(plain(olds), plain(news));
  const changedKeys = [...new Set(detailed.map(({ path }) => String(path[0])))];
  return { ...diff, changes: detailed.length === 0 ? "none" : "some", detailed, changedKeys };
}

function plain(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, withoutSecrets(value)]));
}
