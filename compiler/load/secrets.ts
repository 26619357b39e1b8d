import { SECRET_KEYS, setSecret } from "../identity/keys";
import type { SecretIds } from "../identity/trust";
import type { Cursor } from "../validate/cursor";

/** One secret, and while it is exchanged a second: the next one at first, the one before when that is in force. */
export function readSecretIds(document: Cursor): SecretIds {
  const ids: SecretIds = {};
  for (const secret of SECRET_KEYS) {
    const key = `${secret}Id` as const;
    const cursor = document.field(key);
    const id = cursor.text();
    if (id === undefined) continue;
    ids[key] = id;
    if (key !== "secretId" && id === ids.secretId)
      cursor.error("it is the id of palisade:secret, too: the environment goes from one secret to another");
  }
  if (ids.nextSecretId !== undefined && ids.previousSecretId !== undefined) {
    document
      .field("nextSecretId")
      .error("there is a previousSecretId still: take the previous secret out, and up, before the next one");
  }
  return ids;
}

/** The secrets themselves are not looked at; in the stack's file each has to be encrypted. */
export function checkSecrets(document: Cursor): void {
  for (const key of SECRET_KEYS) {
    const cursor = document.field(key);
    if (document.has(key) && cursor.value !== "" && !isCiphertext(cursor))
      cursor.error(
        `this is not encrypted, and can be read by whoever reads this file or its history: make another one, and set it with: ${setSecret(key)}`,
      );
  }
}

/** Whether it is what `pulumi config set --secret` writes: `{ secure: v1:… }`. */
export function isCiphertext(cursor: Cursor): boolean {
  return (
    cursor.isObject() && cursor.entries().length === 1 && typeof cursor.field("secure").value === "string"
  );
}
