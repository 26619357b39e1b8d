import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { peopleAsked } from "../../compiler/check/passwords";
import { ownJson } from "./own-data";
import type { Session } from "./session";
import { UserError } from "./user-error";

/** A password that the lab made up for somebody, beside the hash that their hosts get. */
interface LabPassword {
  password: string;
  hash: string;
}

/** In the lab's folder of the stack; only its owner can read it. */
const PASSWORDS = "passwords.json";

/**
 * Hashes by person, for everybody whose sudo asks for a password on some host of the stack. A password is made the
 * first time it is needed, and stays the same from then on.
 * @throws UserError where openssl makes no hash
 */
export function labPasswords(session: Session): Record<string, string> {
  const known = ownJson<Record<string, LabPassword>>(session.files.read(PASSWORDS) ?? "{}");
  const people = peopleAsked(session);
  const missing = people.filter((person) => known[person] === undefined);
  for (const person of missing) known[person] = makePassword();
  if (missing.length > 0) session.files.write(PASSWORDS, `${JSON.stringify(known, null, 2)}\n`);
  return Object.fromEntries(people.map((person) => [person, known[person]?.hash ?? ""]));
}

function makePassword(): LabPassword {
  const password = randomBytes(12).toString("base64url");
  const made = spawnSync("openssl", ["passwd", "-6", "-stdin"], { input: password, encoding: "utf8" });
  if (made.status !== 0) throw new UserError(`openssl made no hash of a password: ${made.stderr}`);
  return { password, hash: made.stdout.trim() };
}
