import { sortedUnique } from "../text";
import { setPassword } from "../validate/crypt-hash";
import type { Cursor } from "../validate/cursor";
import { unknownName } from "../validate/nearest";
import { isCiphertext } from "./secrets";

/**
 * The people who have a password in a stack. Its hash stands in the stack's file as a ciphertext that nothing here
 * looks at (`{ secure: v1:… }`), and no message ever repeats what is written in its place.
 * @param people names of all; undefined where they could not be read
 */
export function readPasswords(cursor: Cursor, people: ReadonlySet<string> | undefined): string[] {
  const names = cursor.entries().flatMap(([name, value]) => {
    if (people?.has(name) === false) value.error(unknownName("person", name, people), "key");
    if (!isCiphertext(value)) value.error(notSecret(name));
    return people?.has(name) === false ? [] : [name];
  });
  return sortedUnique(names);
}

function notSecret(name: string): string {
  return `this is not encrypted, and can be read by whoever reads this file: choose another password, and set it with: ${setPassword(name)}`;
}
