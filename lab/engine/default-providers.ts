/** The provider of each resource; those that name none share their package's default. */
import { type Goal, plainGoal } from "./goal";
import type { Provider } from "./providers/provider";
import type { ProviderRegistry } from "./providers/registry";
import type { Snapshot } from "./snapshot";
import { isProviderType, packageOf, providerType } from "./urn";
import type { Properties } from "./values";
import { UNKNOWN } from "./wire";

export interface DefaultProviderOptions {
  registry: ProviderRegistry;
  snapshot: Snapshot;
  /** Config of the default provider of a package. */
  packageConfig(pkg: string): Properties;
  register(goal: Goal): Promise<{ urn: string; id: string }>;
}

export class Providers {
  private readonly defaults = new Map<string, Promise<string>>();

  constructor(private readonly options: DefaultProviderOptions) {}

  /** The provider's reference, `URN::ID`; empty for components and providers. */
  async refOf(goal: Pick<Goal, "type" | "custom" | "provider" | "version">): Promise<string> {
    if (!goal.custom || isProviderType(goal.type)) return "";
    return goal.provider === "" ? this.default(packageOf(goal.type), goal.version) : goal.provider;
  }

  /** Who serves a custom resource of this type. */
  instance(type: string, ref: string): Promise<Provider> {
    const { registry, snapshot } = this.options;
    return isProviderType(type) ? Promise.resolve(registry) : registry.get(ref, () => snapshot.all());
  }

  /** Registers a package's default provider on first use. */
  private default(pkg: string, version: string): Promise<string> {
    const name = version === "" ? "default" : `default_${version.replace(/[^A-Za-z0-9]/g, "_")}`;
    const key = `${pkg}/${name}`;
    const known = this.defaults.get(key);
    if (known !== undefined) return known;
    const inputs = { ...this.options.packageConfig(pkg), ...(version === "" ? {} : { version }) };
    const goal = plainGoal({ type: providerType(pkg), name, custom: true, parent: "", inputs });
    const ref = this.options.register(goal).then(({ urn, id }) => `${urn}::${id === "" ? UNKNOWN : id}`);
    this.defaults.set(key, ref);
    return ref;
  }
}
