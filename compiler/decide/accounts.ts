import type { Account, Grant, HostedService, Login, Policy, SudoEntry, SudoRule } from "../model";
import { compareText, sortedUnique } from "../text";
import { holds, type Occasion } from "./grants";
import { combineSudo } from "./sudo";

export interface Accounts {
  accounts: readonly Account[];
  services: readonly HostedService[];
  sudo: readonly SudoRule[];
}

/** Who may log in to hosts that are in these groups, which service accounts they have, and who has sudo there. */
export function decideAccounts(policy: Policy, groups: readonly string[], occasion: Occasion): Accounts {
  const valid = <G extends Grant>(grants: readonly G[]) => grants.filter((grant) => holds(grant, occasion));
  const here = groups.flatMap((group) => policy.groups.get(group) ?? []);
  const logins = valid(here.flatMap((group) => group.logins));
  const grants = valid(here.flatMap((group) => group.serviceAccounts));
  const accounts = accountsOf(policy, logins);
  const services = sortedUnique(grants.map(({ account }) => account)).flatMap((name): HostedService[] => {
    const account = policy.serviceAccounts.get(name);
    const sudo = grants.filter((grant) => grant.account === name).flatMap((grant) => grant.sudo);
    return account === undefined ? [] : [{ account, sudo: combineSudo(sudo) }];
  });
  return { accounts, services, sudo: rulesOf(logins, accounts, services) };
}

function accountsOf(policy: Policy, logins: readonly Login[]): Account[] {
  const [byTeam, byPerson] = [new Map<string, SudoEntry[]>(), new Map<string, SudoEntry[]>()];
  for (const { who, sudo } of logins) {
    const [map, name] = who.kind === "team" ? [byTeam, who.team] : [byPerson, who.person];
    map.set(name, [...(map.get(name) ?? []), ...sudo]);
  }
  const accounts: Account[] = [];
  for (const person of policy.people.values()) {
    const names = person.teams.filter((team) => byTeam.has(team));
    if (names.length === 0 && !byPerson.has(person.name)) continue;
    const entries = [
      ...names.flatMap((team) => byTeam.get(team) ?? []),
      ...(byPerson.get(person.name) ?? []),
    ];
    accounts.push({
      person,
      teams: names.flatMap((name) => policy.teams.get(name) ?? []),
      sudo: combineSudo(entries),
    });
  }
  return accounts.sort((a, b) => compareText(a.person.name, b.person.name));
}

/** Of teams that somebody here is in, of people, and of service accounts. */
function rulesOf(
  logins: readonly Login[],
  accounts: readonly Account[],
  services: readonly HostedService[],
): SudoRule[] {
  const present = new Set(accounts.flatMap(({ teams }) => teams.map((team) => team.name)));
  const [teams, people] = [new Map<string, SudoEntry[]>(), new Map<string, SudoEntry[]>()];
  for (const { who, sudo } of logins) {
    if (who.kind === "team" && !present.has(who.team)) continue;
    const [map, name] = who.kind === "team" ? [teams, who.team] : [people, who.person];
    map.set(name, [...(map.get(name) ?? []), ...sudo]);
  }
  for (const { account, sudo } of services) people.set(account.name, [...sudo]);
  const rules = (kind: SudoRule["kind"], map: ReadonlyMap<string, SudoEntry[]>) =>
    sortedUnique(map.keys())
      .map((name) => ({ kind, name, entries: combineSudo(map.get(name) ?? []) }))
      .filter(({ entries }) => entries.length > 0);
  return [...rules("team", teams), ...rules("person", people)];
}
