import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../compiler/problem";
import { inventoryFromText } from "../compiler/source/stack";
import { problemAt, type Source } from "../compiler/source/source";
import { hashProblem } from "../compiler/validate/crypt-hash";

/** The inventory as a stack's file has it, ciphertexts and all; undefined where there is no file. */
export function writtenIn(file: string, text: string | undefined): unknown {
  return text === undefined ? undefined : inventoryFromText(file, text).source?.value;
}

/**
 * The passwords of a stack's config as the compiler may know of them: names, each with a ciphertext or a placeholder for
 * one. What the stack's file has in clear stays, so that it is refused with its line.
 * @param inventory of the stack's file; without it, or where it has no passwords, all are taken for encrypted
 */
export function encryptedPasswords(value: unknown, inventory: unknown): unknown {
  if (!isRecord(value)) return value;
  const written = isRecord(inventory) && isRecord(inventory["passwords"]) ? inventory["passwords"] : {};
  return Object.fromEntries(Object.keys(value).map((name) => [name, written[name] ?? { secure: "" }]));
}

/** The hashes of a stack's config, each a secret, and what is wrong with them in words that show none. */
export function readHashes(
  value: unknown,
  source: Source,
): { hashes: Map<string, pulumi.Output<string>>; problems: Problem[] } {
  const hashes = new Map<string, pulumi.Output<string>>();
  const problems: Problem[] = [];
  for (const [name, hash] of Object.entries(isRecord(value) ? value : {})) {
    const message = typeof hash === "string" ? hashProblem(hash) : "this is no text";
    if (message !== undefined) problems.push(problemAt(source, ["passwords", name], message));
    else if (typeof hash === "string") hashes.set(name, pulumi.secret(hash));
  }
  return { hashes, problems };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
