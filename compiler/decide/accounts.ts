import type { Account, Login, Policy } from "../model";
import { compareText, sortedUnique } from "../text";
import { holds, type Occasion } from "./grants";

export interface Accounts {
  accounts: readonly Account[];
  sudo: { teams: readonly string[]; people: readonly string[] };
}

/** Who may log in to hosts that are in these groups, and who has sudo there. */
export function decideAccounts(policy: Policy, groups: readonly string[], occasion: Occasion): Accounts {
  const logins = groups.flatMap((group) => policy.groups.get(group)?.logins ?? []);
  const valid = logins.filter((login) => holds(login, occasion));
  const loginTeams = new Set(valid.flatMap((login) => teamOf(login) ?? []));
  const loginPeople = new Set(valid.flatMap((login) => personOf(login) ?? []));
  const sudo = {
    teams: new Set(valid.flatMap((login) => (login.sudo ? (teamOf(login) ?? []) : []))),
    people: new Set(valid.flatMap((login) => (login.sudo ? (personOf(login) ?? []) : []))),
  };
  const accounts: Account[] = [];
  for (const person of policy.people.values()) {
    const names = person.teams.filter((team) => loginTeams.has(team));
    if (names.length === 0 && !loginPeople.has(person.name)) continue;
    accounts.push({
      person,
      teams: names.flatMap((name) => policy.teams.get(name) ?? []),
      sudo: sudo.people.has(person.name) || names.some((name) => sudo.teams.has(name)),
    });
  }
  accounts.sort((a, b) => compareText(a.person.name, b.person.name));
  const present = new Set(accounts.flatMap((account) => account.teams.map((team) => team.name)));
  return {
    accounts,
    sudo: {
      teams: sortedUnique([...sudo.teams].filter((team) => present.has(team))),
      people: sortedUnique(sudo.people),
    },
  };
}

function teamOf(login: Login): string | undefined {
  return login.who.kind === "team" ? login.who.team : undefined;
}

function personOf(login: Login): string | undefined {
  return login.who.kind === "person" ? login.who.person : undefined;
}
