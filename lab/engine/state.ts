/** What is known of a stack's resources, and how it is written down. */
import type { Vault } from "./secrets";
import { isProperties, mapProperties, type Properties, Secret, Unknown, type Value } from "./values";
import { SECRET_SIGNATURE, SIGNATURE } from "./wire";

export interface ResourceState {
  urn: string;
  type: string;
  /** False for a component, which no provider knows. */
  custom: boolean;
  /** The provider's name for it; empty for a component. */
  id: string;
  inputs: Properties;
  outputs: Properties;
  parent: string;
  dependencies: string[];
  /** Property name → URNs it depends on. */
  propertyDependencies: Record<string, string[]>;
  /** `URN::ID` of the provider's own resource; empty for components and providers. */
  provider: string;
  protect: boolean;
  retainOnDelete: boolean;
  /** URN of a resource whose deletion takes this one with it; empty for none. */
  deletedWith: string;
  additionalSecretOutputs: string[];
  replaceOnChanges: string[];
  ignoreChanges: string[];
  /** Seconds; 0 leaves it to the provider. */
  timeouts: Timeouts;
  /** Read, not managed: never deleted through its provider. */
  external: boolean;
  /** Replaced by another resource of the same URN, and still to be deleted. */
  condemned: boolean;
  /** Already deleted to make place for a replacement that was not made yet. */
  awaitsReplacement: boolean;
  /** Why the provider says it exists but is not in order; the next update tries again. */
  initErrors: string[];
}

export interface Timeouts {
  create: number;
  update: number;
  delete: number;
}

/** An operation that had begun when the state was last written. */
export interface PendingOperation {
  urn: string;
  operation: "create" | "update" | "delete";
}

export interface StackState {
  project: string;
  stack: string;
  resources: ResourceState[];
  pending: PendingOperation[];
}

/** JSON text of properties; secrets are ciphertexts bound to `place`, unknowns are left out. */
export function sealProperties(properties: Properties, vault: Vault, place: string): Properties {
  const known = Object.entries(properties).filter(([, value]) => !(value instanceof Unknown));
  return Object.fromEntries(
    known.map(([name, value]) => [name, sealValue(value, vault, `${place}/${name}`)]),
  );
}

function sealValue(value: Value, vault: Vault, place: string): Value {
  if (value instanceof Secret) {
    const plain = JSON.stringify(markSecrets(value.value));
    return { [SIGNATURE]: SECRET_SIGNATURE, ciphertext: vault.encrypt(plain, place) };
  }
  if (Array.isArray(value)) return value.map((item, index) => sealValue(item, vault, `${place}/${index}`));
  if (isProperties(value)) return sealProperties(value, vault, place);
  return value instanceof Unknown ? null : value;
}

/** Inside a ciphertext, further secrets keep their marker and need no second encryption. */
function markSecrets(value: Value): Value {
  if (value instanceof Secret) return { [SIGNATURE]: SECRET_SIGNATURE, value: markSecrets(value.value) };
  if (Array.isArray(value)) return value.map(markSecrets);
  if (isProperties(value)) return mapProperties(value, markSecrets);
  return value instanceof Unknown ? null : value;
}

/** The inverse of `sealProperties`. Throws on a ciphertext that does not belong where it stands. */
export function openProperties(properties: Properties, vault: Vault, place: string): Properties {
  return mapProperties(properties, (value, name) => openValue(value, vault, `${place}/${name}`));
}

function openValue(value: Value, vault: Vault, place: string): Value {
  if (Array.isArray(value)) return value.map((item, index) => openValue(item, vault, `${place}/${index}`));
  if (!isProperties(value)) return value;
  if (value[SIGNATURE] !== SECRET_SIGNATURE) return openProperties(value, vault, place);
  if (typeof value.ciphertext !== "string") return new Secret(openValue(value.value ?? null, vault, place));
  return new Secret(openValue(parseValue(vault.decrypt(value.ciphertext, place)), vault, place));
}

/** JSON has no other values than these. */
function parseValue(json: string): Value {
  return JSON.parse(json) as Value;
}
