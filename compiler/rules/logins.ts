import { holds, type Occasion } from "../decide/grants";
import { ANY, freedom, NOT } from "../decide/sudo";
import type { Access, Login, Policy, SudoEntry } from "../model";

/** A login of a group. */
export interface Given {
  group: string;
  login: Login;
}

/** How much each access is; a higher one holds the lower. */
export const RANK: Record<Access, number> = { none: 0, login: 1, limited: 2, sudo: 3 };

/** The logins of these groups, whether or not they hold. */
export function loginsOf(groups: Iterable<string>, policy: Policy): Given[] {
  return [...groups].flatMap((group) =>
    (policy.groups.get(group)?.logins ?? []).map((login) => ({ group, login })),
  );
}

/** Whether a login is for a person, by name or by team. */
export function isFor({ who }: Login, person: string, policy: Policy): boolean {
  return who.kind === "person"
    ? who.person === person
    : policy.people.get(person)?.teams.includes(who.team) === true;
}

/** Those that hold at this moment. */
export function holding(given: readonly Given[], occasion: Occasion): Given[] {
  return given.filter(({ login }) => holds(login, occasion));
}

/**
 * The most that these logins give.
 * @param command what sudo is asked about: then it is `sudo` or not, and never `limited`. Absent: every command.
 */
export function highest(given: readonly Given[], command?: string): Access {
  return accessOf(
    given.flatMap(({ login }) => login.sudo),
    given.length > 0,
    command,
  );
}

/** What entries of sudo amount to for somebody who has an account, or has none. */
export function accessOf(sudo: readonly SudoEntry[], account: boolean, command = ANY): Access {
  if (!account) return "none";
  if (freedom(sudo, command) > NOT) return "sudo";
  return sudo.length > 0 && command === ANY ? "limited" : "login";
}
