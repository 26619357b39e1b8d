import { asksPassword, combineSudo, describeSudo } from "../decide/sudo";
import type { Login, Person } from "../model";
import { whyNot, type RuleContext } from "../rules/context";
import { highest, holding, isFor, loginsOf, RANK, type Given } from "../rules/logins";
import { placeOf } from "../rules/place";
import { enumerate } from "../text";
import type { LoginAnswer, Nearest, Reason } from "./answer";
import { conditionsOf, tellingGroups } from "./grant";

/** What a person may do on a host, and by which logins. */
export function explainLogin(name: string, host: string, context: RuleContext): LoginAnswer {
  const { policy, model, occasion } = context;
  const groups = tellingGroups(model.hosts.get(host)?.groups ?? []);
  const all = loginsOf(groups, policy);
  const own = all.filter(({ login }) => isFor(login, name, policy));
  const valid = holding(own, occasion);
  const access = highest(valid);
  const person = policy.people.get(name);
  const more = own.filter((given) => !valid.includes(given) && RANK[highest([given])] > RANK[access]);
  const others = access === "none" ? holding(all, occasion).filter((given) => !own.includes(given)) : [];
  const [near] = [...more, ...others];
  return {
    question: "login",
    person: name,
    host,
    environment: occasion.environment,
    verdict: access === "none" ? "denied" : "allowed",
    access,
    sudo: combineSudo(valid.flatMap(({ login }) => login.sudo)),
    rules: valid.map((given) => reason(given, name, host, context)),
    ...(near === undefined ? {} : { nearest: nearest(near, name, context) }),
    notes: notesOn(person, host, context),
  };
}

function reason({ group, login }: Given, name: string, host: string, context: RuleContext): Reason {
  const team = login.who.kind === "team" ? [`${name} is in ${login.who.team}`] : [];
  return {
    ...placeOf(context.sources, login.path),
    gives: givenBy(login),
    through: [...team, `${host} is in ${group}`],
    conditions: conditionsOf(login),
  };
}

function givenBy({ who, sudo }: Login): string {
  const whom = who.kind === "team" ? `team ${who.team}` : who.person;
  return `${whom} may log in${sudo.length === 0 ? "" : ` with ${describeSudo(sudo)}`}`;
}

function nearest({ login }: Given, name: string, context: RuleContext): Nearest {
  const teams = context.policy.people.get(name)?.teams ?? [];
  const bound = whyNot(login, context);
  const membership = `${name} is in ${teams.length === 0 ? "no team" : enumerate(teams)}`;
  return {
    ...placeOf(context.sources, login.path),
    gives: givenBy(login),
    lacks: [
      ...(bound === undefined ? [] : [`it ${bound}`]),
      ...(isFor(login, name, context.policy) ? [] : [membership]),
    ],
  };
}

function notesOn(person: Person | undefined, host: string, context: RuleContext): string[] {
  const { model, inventory } = context;
  const account = model.hosts.get(host)?.accounts.find((one) => one.person.name === person?.name);
  const asked = account !== undefined && asksPassword(account.sudo);
  return [
    ...(asked && !inventory.passwords.includes(account.person.name)
      ? [`${account.person.name} has no password in this stack (palisade:passwords), and sudo asks for one`]
      : []),
    ...(person?.keys.length === 0 ? [`${person.name} has no key, and can log in nowhere`] : []),
    ...(model.hosts.get(host)?.isolated === true
      ? [`${host} is isolated: its SSH is reached from the failsafe only`]
      : []),
  ];
}
