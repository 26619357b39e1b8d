import { ANY, combineSudo } from "../decide/sudo";
import type { Login, ServiceGrant, SudoEntry } from "../model";
import { commandProblem } from "../validate/command";
import type { Cursor } from "../validate/cursor";
import { quoted } from "../validate/nearest";
import { readGrant } from "./grant";
import { reference, type KnownNames } from "./names";

/** A login of a group, for a team or a person. */
export function readLogin(cursor: Cursor, known: KnownNames): Login | undefined {
  const common = {
    sudo: readSudo(cursor.field("sudo")),
    path: cursor.describe(),
    ...readGrant(cursor, known),
  };
  const team = reference(cursor.field("team"), "team", known.teams);
  if (team !== undefined) return { who: { kind: "team", team }, ...common };
  const person = readPerson(cursor.field("person"), known);
  return person === undefined ? undefined : { who: { kind: "person", person }, ...common };
}

function readPerson(cursor: Cursor, known: KnownNames): string | undefined {
  const name = cursor.text();
  if (name !== undefined && known.people?.has(name) === false && known.serviceAccounts?.has(name) === true) {
    cursor.error(
      `${quoted(name)} is a service account, which nobody logs in to; list it under "serviceAccounts"`,
    );
    return undefined;
  }
  return reference(cursor, "person", known.people);
}

/** A service account of a group. What it may run as root is named, and it has no password to be asked for. */
export function readServiceGrant(cursor: Cursor, known: KnownNames): ServiceGrant | undefined {
  const rest = { sudo: readSudo(cursor.field("sudo")), path: cursor.describe(), ...readGrant(cursor, known) };
  const account = readAccount(cursor.field("account"), known);
  return account === undefined ? undefined : { account, ...rest };
}

function readAccount(cursor: Cursor, known: KnownNames): string | undefined {
  const name = cursor.text();
  if (name !== undefined && known.serviceAccounts?.has(name) === false && known.people?.has(name) === true) {
    cursor.error(`${quoted(name)} is a person, and no service account; list them under "logins"`);
    return undefined;
  }
  return reference(cursor, "service account", known.serviceAccounts);
}

/** `true` is every command without a password; an object narrows that. */
function readSudo(cursor: Cursor): SudoEntry[] {
  if (!cursor.isObject()) return cursor.flag() === true ? [{ command: ANY, password: false }] : [];
  const password = cursor.field("password").flag() ?? false;
  const commands = cursor.field("commands");
  if (!cursor.has("commands")) return [{ command: ANY, password }];
  return combineSudo(
    commands
      .items()
      .flatMap((item) => readCommand(item) ?? [])
      .map((command) => ({ command, password })),
  );
}

/** A command that sudo may be limited to; otherwise says what is wrong with it. */
export function readCommand(cursor: Cursor): string | undefined {
  const text = cursor.text();
  const problem = text === undefined ? undefined : commandProblem(text);
  if (problem === undefined) return text;
  cursor.error(problem);
  return undefined;
}
