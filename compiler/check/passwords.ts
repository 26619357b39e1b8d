import { holds, type Occasion } from "../decide/grants";
import { asksPassword } from "../decide/sudo";
import type { Problem } from "../problem";
import { isFor } from "../rules/logins";
import { problemIn } from "../rules/place";
import { enumerate } from "../text";
import { setPassword } from "../validate/crypt-hash";
import { quoted } from "../validate/nearest";
import type { DecidedStack } from "./stack";

/**
 * Warns, at the login that says so, of people whose sudo asks for a password that this stack has not: until one is
 * set they cannot use it.
 * @param today ISO date
 * @param file the stack's, such as `Pulumi.dev.yaml`
 */
export function passwordWarnings(stack: DecidedStack, today: string, file: string): Problem[] {
  const { policy, sources, inventory } = stack;
  const occasion: Occasion = { environment: inventory.environment, today };
  const missing = peopleAsked(stack).filter((person) => !inventory.passwords.includes(person));
  const used = new Set(inventory.hosts.flatMap(({ groups }) => groups));
  const logins = [...policy.groups.values()]
    .filter(({ name }) => used.has(name))
    .flatMap((group) => group.logins);
  return logins.flatMap((login) => {
    if (!holds(login, occasion) || !asksPassword(login.sudo)) return [];
    const people = missing.filter((person) => isFor(login, person, policy));
    if (people.length === 0) return [];
    return [
      problemIn(sources, "groups", `${login.path}.sudo`, message(people, file), { severity: "warning" }),
    ];
  });
}

/** People who are asked for a password on some host of the stack, sorted. */
export function peopleAsked({ policy, model }: DecidedStack): string[] {
  const accounts = [...model.hosts.values()].flatMap((host) => host.accounts);
  const asked = new Set(accounts.filter(({ sudo }) => asksPassword(sudo)).map(({ person }) => person.name));
  return [...policy.people.keys()].filter((name) => asked.has(name));
}

function message(people: readonly string[], file: string): string {
  const stack = /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1];
  const [first = "", ...others] = people;
  const has = others.length === 0 ? "has" : "have";
  const alike = others.length === 0 ? "" : " and likewise for the others";
  return `${enumerate(people.map(quoted))} ${has} no password in ${file}, and cannot use this sudo; set one with: ${setPassword(first, stack)}${alike}`;
}
