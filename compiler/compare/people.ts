import { createHash } from "node:crypto";
import type { DecidedStack } from "../check/stack";
import { ANY, ASKED, asksPassword, freedom } from "../decide/sudo";
import type { Access, FleetModel, HostModel, SudoEntry } from "../model";
import { accessOf } from "../rules/logins";
import { sortedUnique } from "../text";
import type { Change, Power } from "./change";
import { Gathered } from "./classes";

/** Logins, service accounts and sudo that are there on this side alone. */
export function loginsBeyond(model: FleetModel, other: FleetModel): Change[] {
  const found = new Gathered<Power & { kind: "login" | "service"; person: string }>();
  for (const host of model.hosts.values()) {
    const there = holdersOn(other.hosts.get(host.name));
    for (const [name, { kind, sudo }] of holdersOn(host)) {
      // An account that changes its kind is another's: what it had is no excuse for what it has.
      const before = there.get(name)?.kind === kind ? there.get(name)?.sudo : undefined;
      for (const power of powersBeyond(sudo, before))
        found.add({ kind, person: name, ...power }, [host.name]);
    }
  }
  return found.sorted().map(({ value, hosts }) => ({ ...value, hosts }));
}

interface Holder {
  kind: "login" | "service";
  sudo: readonly SudoEntry[];
}

/** People and service accounts of a host by name. */
function holdersOn(host: HostModel | undefined): Map<string, Holder> {
  const people = (host?.accounts ?? []).map(({ person, sudo }): [string, Holder] => [
    person.name,
    { kind: "login", sudo },
  ]);
  const services = (host?.services ?? []).map(({ account, sudo }): [string, Holder] => [
    account.name,
    { kind: "service", sudo },
  ]);
  return new Map([...people, ...services]);
}

/** What an account with this sudo can do that one with the other cannot. @param other undefined for no account */
function powersBeyond(sudo: readonly SudoEntry[], other: readonly SudoEntry[] | undefined): Power[] {
  const instead: Access = accessOf(other ?? [], other !== undefined);
  const more = sudo.filter(({ command }) => freedom(sudo, command) > freedom(other ?? [], command));
  const groups = new Map<string, Power>();
  for (const { command, password } of more) {
    const asked = freedom(other ?? [], command) === ASKED;
    const access = command === ANY ? "sudo" : "limited";
    const key = JSON.stringify([access, password, asked]);
    const power = groups.get(key) ?? { access, password, commands: [], instead, insteadPassword: asked };
    groups.set(key, power);
    if (command !== ANY) power.commands.push(command);
  }
  if (groups.size > 0) return [...groups.values()];
  return instead === "none"
    ? [{ access: "login", password: false, commands: [], instead, insteadPassword: false }]
    : [];
}

/** Keys that open the accounts of people on this side alone, and passwords that their sudo asks for. */
export function keysBeyond(stack: DecidedStack, other: DecidedStack): Change[] {
  const present = peopleIn(other.model);
  const here = [...peopleIn(stack.model)].filter((person) => present.has(person));
  const asked = askedIn(other.model);
  const passwords = here.filter(
    (person) =>
      asked.has(person) &&
      stack.inventory.passwords.includes(person) &&
      !other.inventory.passwords.includes(person),
  );
  const keys = here.flatMap((person) => {
    const known = new Set(other.policy.people.get(person)?.keys.map(fingerprint));
    const own = stack.policy.people.get(person)?.keys.map(fingerprint) ?? [];
    return own.filter((key) => !known.has(key)).map((key): Change => ({ kind: "key", person, key }));
  });
  return [...keys, ...passwords.map((person): Change => ({ kind: "password", person }))];
}

function peopleIn(model: FleetModel): Set<string> {
  const accounts = [...model.hosts.values()].flatMap((host) => host.accounts);
  return new Set(sortedUnique(accounts.map(({ person }) => person.name)));
}

/** People whose sudo asks for a password on some host. */
function askedIn(model: FleetModel): Set<string> {
  const accounts = [...model.hosts.values()].flatMap((host) => host.accounts);
  return new Set(accounts.filter(({ sudo }) => asksPassword(sudo)).map(({ person }) => person.name));
}

/** As `ssh-keygen -l` shows it; the comment plays no part. */
function fingerprint(key: string): string {
  const [, blob = ""] = key.split(" ");
  const hash = createHash("sha256").update(Buffer.from(blob, "base64")).digest("base64");
  return `SHA256:${hash.replace(/=+$/, "")}`;
}
