import type { Inventory } from "../model";
import { sortedUnique } from "../text";

/** The secrets of a stack by their ids. */
export interface Secrets {
  /** The one in force, whose CA signs. */
  secretId: string | undefined;
  /** All whose CAs the stack's hosts trust, sorted: while the secret is exchanged there are two. */
  trusted: string[];
}

/** The ids as the inventory has them. */
export type SecretIds = Pick<Inventory, "secretId" | "nextSecretId" | "previousSecretId">;

export function secretsOf({ secretId, nextSecretId, previousSecretId }: SecretIds): Secrets {
  const ids = [secretId, nextSecretId, previousSecretId];
  return { secretId, trusted: sortedUnique(ids.flatMap((id) => id ?? [])) };
}

/**
 * Why hosts of two stacks of an environment could not authenticate each other: each has to trust the CA that signs
 * for the other. Two stacks may be one step of an exchange apart, and no more.
 */
export function trustProblem(ours: Secrets, theirs: Secrets): string | undefined {
  const [own, other] = [ours.secretId, theirs.secretId];
  if (own === undefined || other === undefined || own === other) return undefined;
  if (!ours.trusted.some((id) => theirs.trusted.includes(id)))
    return `its secret (${other}) is another one than this stack's: the regions of an environment have the same`;
  if (!theirs.trusted.includes(own))
    return `its hosts do not trust this stack's secret (${own}): take the one that is behind a step further first`;
  if (!ours.trusted.includes(other))
    return `this stack's hosts would not trust its secret (${other}): take this one a step further first`;
  return undefined;
}
