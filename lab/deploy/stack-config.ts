import { mapValues, omit } from "lodash";
import { stringify } from "yaml";

/** A stack's config as `Pulumi.<stack>.yaml` holds it: fully qualified keys, any values. */
export type StackConfig = Record<string, unknown>;

/**
 * The config that the lab deploys: the stack's own, with what a file under review cannot know of the lab. The secret
 * and the passwords are the lab's, and an existing host's pinned key is that of the machine which the lab booted in its
 * place.
 * @param secretId what the lab's secret of this environment is known by
 */
export function labConfig(
  own: StackConfig,
  secretId: string,
  hostKeys: ReadonlyMap<string, string>,
): StackConfig {
  const rest = omit(own, "palisade:passwords");
  const hosts = own["palisade:hosts"];
  if (!Array.isArray(hosts)) return rest;
  return {
    ...rest,
    "palisade:secretId": secretId,
    "palisade:hosts": hosts.map((host: unknown) => {
      const key = isNamed(host) ? hostKeys.get(host.name) : undefined;
      return isNamed(host) && key !== undefined ? { ...host, hostKey: key } : host;
    }),
  };
}

function isNamed(value: unknown): value is { name: string } {
  return typeof value === "object" && value !== null && "name" in value && typeof value.name === "string";
}

/** As the engine hands it to the program: text as it is, everything else as JSON. */
export function engineConfig(config: StackConfig): Record<string, string> {
  return mapValues(config, (value) => (typeof value === "string" ? value : JSON.stringify(value)));
}

/** As `Pulumi.<stack>.yaml`. All text is quoted: Pulumi reads a bare date as a point in time. */
export function configFile(config: StackConfig): string {
  return stringify({ config }, { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" });
}
