/** The state file: JSON, mode 0600, replaced as a whole so that a reader never sees half of it. */
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import Ajv from "ajv";
import { Vault, type VaultHeader } from "./secrets";
import {
  openProperties,
  type PendingOperation,
  type ResourceState,
  sealProperties,
  type StackState,
} from "./state";

const VERSION = 1;

type Stored = { version: number; encryption: VaultHeader } & StackState;

const text = { type: "string" };
const flag = { type: "boolean" };
const texts = { type: "array", items: text };
const seconds = { type: "number", minimum: 0 };

const record = <Fields extends object>(properties: Fields): object => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

const resource = record({
  urn: text,
  type: text,
  custom: flag,
  id: text,
  inputs: { type: "object" },
  outputs: { type: "object" },
  parent: text,
  dependencies: texts,
  propertyDependencies: { type: "object", additionalProperties: texts },
  provider: text,
  protect: flag,
  retainOnDelete: flag,
  deletedWith: text,
  additionalSecretOutputs: texts,
  replaceOnChanges: texts,
  ignoreChanges: texts,
  timeouts: record({ create: seconds, update: seconds, delete: seconds }),
  external: flag,
  condemned: flag,
  awaitsReplacement: flag,
  initErrors: texts,
} satisfies Record<keyof ResourceState, object>);

const validate = new Ajv().compile<Stored>(
  record({
    version: { const: VERSION },
    project: text,
    stack: text,
    encryption: record({ salt: text, check: text }),
    pending: {
      type: "array",
      items: record({ urn: text, operation: { enum: ["create", "update", "delete"] } } satisfies Record<
        keyof PendingOperation,
        object
      >),
    },
    resources: { type: "array", items: resource },
  } satisfies Record<keyof Stored, object>),
);

export interface LoadedState {
  state: StackState;
  vault: Vault;
  /** Whether the file was there. */
  existed: boolean;
}

/**
 * Reads a stack's state, or makes an empty one where the file is missing. Throws, naming the file, when
 * it is damaged, of another stack, or encrypted with another passphrase.
 */
export async function loadState(
  file: string,
  passphrase: string,
  expected: { project: string; stack: string },
): Promise<LoadedState> {
  const written = await readIfThere(file);
  if (written === undefined) {
    const state: StackState = { ...expected, resources: [], pending: [] };
    return { state, vault: Vault.create(passphrase), existed: false };
  }
  try {
    const loaded = parseState(written, passphrase);
    const { project, stack } = loaded.state;
    if (project !== expected.project || stack !== expected.stack) {
      throw new Error(`it belongs to stack "${stack}" of project "${project}"`);
    }
    return { ...loaded, existed: true };
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Undefined where there is no such file. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Throws on text that is no state, or whose secrets the passphrase doesn't open. */
export function parseState(written: string, passphrase: string): { state: StackState; vault: Vault } {
  const stored = parseStored(written);
  const vault = Vault.open(passphrase, stored.encryption);
  const resources = stored.resources.map((entry) => {
    const place = placeOf(entry);
    return {
      ...entry,
      inputs: openProperties(entry.inputs, vault, `${place}/inputs`),
      outputs: openProperties(entry.outputs, vault, `${place}/outputs`),
    };
  });
  return {
    state: { project: stored.project, stack: stored.stack, resources, pending: stored.pending },
    vault,
  };
}

/** Replaces the file; the new text is on the disk before the old one is gone. */
export async function saveState(file: string, state: StackState, vault: Vault): Promise<void> {
  const resources = state.resources.map((entry) => {
    const place = placeOf(entry);
    return {
      ...entry,
      inputs: sealProperties(entry.inputs, vault, `${place}/inputs`),
      outputs: sealProperties(entry.outputs, vault, `${place}/outputs`),
    };
  });
  const { project, stack, pending } = state;
  const stored: Stored = { version: VERSION, project, stack, encryption: vault.header, pending, resources };
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.new`;
  const handle = await open(temporary, "w", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(stored, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}

/** Condemned resources share a URN with their replacement, so their id tells them apart. */
function placeOf(entry: ResourceState): string {
  return entry.condemned ? `${entry.urn}#${entry.id}` : entry.urn;
}

function parseStored(written: string): Stored {
  const parsed: unknown = JSON.parse(written);
  if (!validate(parsed)) {
    const [first] = validate.errors ?? [];
    throw new Error(
      `not a state of version ${VERSION}: ${first?.instancePath ?? ""} ${first?.message ?? ""}`,
    );
  }
  return parsed;
}
