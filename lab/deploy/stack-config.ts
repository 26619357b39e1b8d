import { parseSecret, SECRET_KEYS, secretId, type SecretKey } from "../../compiler/identity/keys";
import { mapValues, omit } from "lodash";
import { stringify } from "yaml";

/** A stack's config as `Pulumi.<stack>.yaml` holds it: fully qualified keys, any values. */
export type StackConfig = Record<string, unknown>;

/** What a stack's file says of secrets, which are others in the lab. */
const SECRETS = SECRET_KEYS.flatMap((key) => [`palisade:${key}`, `palisade:${key}Id`]);

/**
 * The config that the lab deploys: the stack's own, with what a file under review cannot know of the lab. The secret
 * and the passwords are the lab's, and the pinned key of an existing host, or of a bastion, is that of the machine
 * which the lab booted in its place.
 * @param hostKeys of existing hosts by name, of bastions by address
 * @param secrets the lab's of this environment
 */
export function labConfig(
  own: StackConfig,
  secrets: Partial<Record<SecretKey, string>>,
  hostKeys: ReadonlyMap<string, string>,
): StackConfig {
  // What the lab makes, `lab down` takes down.
  const rest = { ...omit(own, ["palisade:passwords", ...SECRETS]), "palisade:protect": false };
  const hosts = own["palisade:hosts"];
  if (!Array.isArray(hosts)) return rest;
  return {
    ...rest,
    ...Object.fromEntries(
      Object.entries(secrets).map(([key, secret]) => [`palisade:${key}Id`, secretId(parseSecret(secret))]),
    ),
    "palisade:hosts": hosts.map((host: unknown) => {
      const pinned = withKey(host, "name", hostKeys);
      if (!isObject(pinned) || !("bastion" in pinned)) return pinned;
      return { ...pinned, bastion: withKey(pinned.bastion, "address", hostKeys) };
    }),
  };
}

/** The machine with the key of the one in its place, where there is one by that name or address. */
function withKey(machine: unknown, by: "name" | "address", hostKeys: ReadonlyMap<string, string>): unknown {
  if (!isObject(machine)) return machine;
  const named = new Map<string, unknown>(Object.entries(machine)).get(by);
  const key = typeof named === "string" ? hostKeys.get(named) : undefined;
  return key === undefined ? machine : { ...machine, hostKey: key };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** As the engine hands it to the program: text as it is, everything else as JSON. */
export function engineConfig(config: StackConfig): Record<string, string> {
  return mapValues(config, (value) => (typeof value === "string" ? value : JSON.stringify(value)));
}

/** As `Pulumi.<stack>.yaml`. All text is quoted: Pulumi reads a bare date as a point in time. */
export function configFile(config: StackConfig): string {
  return stringify({ config }, { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" });
}
