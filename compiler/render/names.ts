import { createHash } from "node:crypto";

const DIGITS = 10;

/**
 * A name of at most `length` characters: a longer one is cut and marked with a hash of the whole. The policy's names
 * hold no `_`, so a shortened name is never somebody else's.
 */
export function shorten(name: string, length: number): string {
  if (name.length <= length) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, DIGITS);
  return `${name.slice(0, length - DIGITS - 1)}_${hash}`;
}
