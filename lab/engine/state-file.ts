/** The state file: JSON, mode 0600, replaced as a whole so that a reader never sees half of it. */
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import Ajv from "ajv";
import { Vault, type VaultHeader } from "./secrets";
import { digestOf, journalOf, replay } from "./journal";
import type { StackState } from "./state";
import { openResource, pendingSchema, record, resourceSchema, sealResource, text } from "./stored";

const VERSION = 1;

type Stored = { version: number; encryption: VaultHeader } & StackState;

const validate = new Ajv().compile<Stored>(
  record({
    version: { const: VERSION },
    project: text,
    stack: text,
    encryption: record({ salt: text, check: text }),
    pending: { type: "array", items: pendingSchema },
    resources: { type: "array", items: resourceSchema },
  } satisfies Record<keyof Stored, object>),
);

export interface LoadedState {
  state: StackState;
  vault: Vault;
  /** Digest of the file's text, where that is the whole state; undefined where the file has to be written first. */
  base: string | undefined;
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
    return { state, vault: Vault.create(passphrase), base: undefined };
  }
  try {
    const journal = await readIfThere(journalOf(file));
    const loaded = parseState(written, passphrase, journal);
    const { project, stack } = loaded.state;
    if (project !== expected.project || stack !== expected.stack) {
      throw new Error(`it belongs to stack "${stack}" of project "${project}"`);
    }
    return { ...loaded, base: journal === undefined ? digestOf(written) : undefined };
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

/**
 * Throws on text that is no state, or whose secrets the passphrase doesn't open.
 * @param journal what a run that was killed, or is under way, has added
 */
export function parseState(
  written: string,
  passphrase: string,
  journal = "",
): { state: StackState; vault: Vault } {
  const { project, stack, encryption, ...stored } = parseStored(written);
  const vault = Vault.open(passphrase, encryption);
  const { resources, pending } = replay(journal, digestOf(written), stored);
  return {
    state: { project, stack, resources: resources.map((entry) => openResource(entry, vault)), pending },
    vault,
  };
}

/** Replaces the file; the new text is on the disk before the old one is gone. Gives the new text's digest. */
export async function saveState(file: string, state: StackState, vault: Vault): Promise<string> {
  const resources = state.resources.map((entry) => sealResource(entry, vault));
  const { project, stack, pending } = state;
  const stored: Stored = { version: VERSION, project, stack, encryption: vault.header, pending, resources };
  const written = `${JSON.stringify(stored, null, 2)}\n`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.new`;
  const handle = await open(temporary, "w", 0o600);
  try {
    await handle.writeFile(written);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  return digestOf(written);
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
