import type { Person, ServiceAccount, Team } from "../model";
import { sortedMap, sortedUnique } from "../text";
import type { Cursor } from "../validate/cursor";
import { checkNotSystem, Unique } from "../validate/names";
import { quoted } from "../validate/nearest";
import { parseSshKey } from "../validate/ssh-key";
import { reference, type KnownNames } from "./names";

/** The teams of people.json. */
export function readTeams(document: Cursor): Map<string, Team> {
  const gids = new Unique<number>("gid");
  const teams: [string, Team][] = [];
  for (const [name, cursor] of document.field("teams").entries()) {
    checkNotSystem("team", name, cursor);
    const gid = cursor.field("gid").integer();
    if (gid === undefined) continue;
    gids.claim(gid, `team ${quoted(name)}`, cursor.field("gid"));
    teams.push([name, { name, gid }]);
  }
  return sortedMap(teams);
}

/**
 * The people of people.json.
 * @param teams names of all teams; undefined where they could not be read
 * @param uids those of people and service accounts together
 */
export function readPeople(
  document: Cursor,
  teams: ReadonlySet<string> | undefined,
  uids: Unique<number>,
): Map<string, Person> {
  const keyOwners = new Map<string, string>();
  const people: [string, Person][] = [];
  for (const [name, cursor] of document.field("people").entries()) {
    checkNotSystem("person", name, cursor);
    if (teams?.has(name) === true) {
      cursor.error(
        `${quoted(name)} is a team as well: each would be a group of that name on the hosts`,
        "key",
      );
    }
    const uid = cursor.field("uid").integer();
    const fullName = readFullName(cursor.field("name"));
    const memberOf = cursor
      .field("teams")
      .items()
      .flatMap((item) => reference(item, "team", teams) ?? []);
    const keys = readKeys(name, cursor.field("keys"), keyOwners);
    if (uid !== undefined) uids.claim(uid, `person ${quoted(name)}`, cursor.field("uid"));
    if (uid === undefined || fullName === undefined) continue;
    people.push([name, { name, uid, fullName, teams: sortedUnique(memberOf), keys: sortedUnique(keys) }]);
  }
  return sortedMap(people);
}

/** The service accounts of people.json; their names and ids are apart from those of people and teams. */
export function readServiceAccounts(
  document: Cursor,
  known: KnownNames,
  uids: Unique<number>,
): Map<string, ServiceAccount> {
  const accounts: [string, ServiceAccount][] = [];
  for (const [name, cursor] of document.field("serviceAccounts").entries()) {
    checkNotSystem("service account", name, cursor);
    const taken =
      known.teams?.has(name) === true ? "team" : known.people?.has(name) === true ? "person" : undefined;
    if (taken !== undefined) {
      cursor.error(
        `${quoted(name)} is a ${taken} as well: each would be a group of that name on the hosts`,
        "key",
      );
    }
    const uid = cursor.field("uid").integer();
    const fullName = readFullName(cursor.field("name"));
    if (uid !== undefined) uids.claim(uid, `service account ${quoted(name)}`, cursor.field("uid"));
    if (uid !== undefined && fullName !== undefined) accounts.push([name, { name, uid, fullName }]);
  }
  return sortedMap(accounts);
}

/** The GECOS field of passwd(5): a colon would end it, a comma would end its first part. */
function readFullName(cursor: Cursor): string | undefined {
  const name = cursor.text();
  if (name === undefined) return undefined;
  const wrong = [...name].find((character) => /[:,\\]|[\p{C}\p{Zl}\p{Zp}]/u.test(character));
  if (wrong !== undefined) {
    cursor.error(`${quoted(name)} holds ${quoted(wrong)}, which a full name in a passwd file cannot`);
  } else if (name !== name.trim()) {
    cursor.error(`${quoted(name)} begins or ends with a space`);
  }
  return name;
}

function readKeys(person: string, cursor: Cursor, owners: Map<string, string>): string[] {
  const keys: string[] = [];
  for (const item of cursor.items()) {
    const line = item.text();
    if (line === undefined) continue;
    const parsed = parseSshKey(line);
    if ("message" in parsed) {
      item.error(parsed.message);
      continue;
    }
    const owner = owners.get(parsed.key.id);
    if (owner === person) item.error("the same key is listed twice, with another comment");
    else if (owner !== undefined)
      item.warning(`this is the key of ${quoted(owner)} as well: a log cannot tell the two apart`);
    owners.set(parsed.key.id, owner ?? person);
    keys.push(parsed.key.text);
  }
  return keys;
}
