import { holds, type Occasion } from "../decide/grants";
import type { Access, Login, Policy } from "../model";

/** A login of a group. */
export interface Given {
  group: string;
  login: Login;
}

/** How much each access is; a higher one holds the lower. */
export const RANK: Record<Access, number> = { none: 0, login: 1, sudo: 2 };

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

/** The most that these logins give. */
export function highest(given: readonly Given[]): Access {
  if (given.some(({ login }) => login.sudo)) return "sudo";
  return given.length > 0 ? "login" : "none";
}
