import { describeSudo } from "../decide/sudo";
import type { Access, Login, PolicyTest } from "../model";
import { leastGroups, whyNot, type RuleContext } from "../rules/context";
import { highest, holding, isFor, loginsOf, RANK, type Given } from "../rules/logins";
import { rulePlace } from "../rules/place";
import { ALL } from "../words";
import { mostGroups, throughHost } from "./context";

type LoginTest = Extract<PolicyTest, { kind: "login" }>;

/** What is wrong with what a login test expects, and which rule breaks it; undefined if it holds. */
export function loginFailure(test: LoginTest, context: RuleContext): string | undefined {
  const { expect, command } = test;
  const wider = holding(loginsFor(test, mostGroups(test.group, context), context), context.occasion);
  const tooMuch = wider.filter((given) => RANK[highest([given], command)] > RANK[expect]);
  if (tooMuch.length > 0) return `expected ${expect}, and ${tooWide(test, tooMuch, context)}`;
  const certain = loginsFor(test, leastGroups(test.group), context);
  const least = highest(holding(certain, context.occasion), command);
  if (RANK[least] >= RANK[expect]) return undefined;
  return `expected ${expect}, and ${tooNarrow(test, least, certain, context)}`;
}

function loginsFor({ person }: LoginTest, groups: ReadonlySet<string>, { policy }: RuleContext): Given[] {
  return loginsOf(groups, policy).filter(({ login }) => isFor(login, person, policy));
}

function tooWide(test: LoginTest, given: readonly Given[], context: RuleContext): string {
  const places = given.map(({ login }) => rulePlace(context.sources, login.path));
  const through = throughHost(test.group, given[0]?.group ?? test.group, context);
  const access = highest(given, test.command);
  const what =
    access === "sudo" && test.command !== undefined ? `has sudo for "${test.command}"` : HAS[access];
  return `"${test.person}" ${what} on hosts in "${test.group}" by ${places.join(" and ")}${through}`;
}

/** More than was expected. */
const HAS: Record<Access, string> = {
  none: "has no account",
  login: "may log in",
  limited: "has sudo for named commands",
  sudo: "has sudo",
};

/** Less than was expected. */
const HAS_ONLY: Record<Access, string> = {
  none: "may not log in",
  login: "may only log in",
  limited: "has sudo for named commands only",
  sudo: "has sudo",
};

function tooNarrow(test: LoginTest, least: Access, given: readonly Given[], context: RuleContext): string {
  const { command } = test;
  const reasons = given.map(({ login }) => {
    const reason = whyNot(login, context) ?? lacking(login, command);
    return `${rulePlace(context.sources, login.path)} ${reason}`;
  });
  const groups = test.group === ALL ? `"${ALL}"` : `"${test.group}" or "${ALL}"`;
  const teams = context.policy.people.get(test.person)?.teams ?? [];
  const memberships = teams.length === 0 ? "" : ` or for ${teams.map((team) => `"${team}"`).join(", ")}`;
  const none = `no login of ${groups} is for "${test.person}"${memberships}`;
  const why = reasons.length === 0 ? none : reasons.join(" and ");
  return `"${test.person}" ${HAS_ONLY[least]} on hosts in "${test.group}"; ${why}`;
}

/** What a login that holds does not give. */
function lacking({ sudo }: Login, command: string | undefined): string {
  if (sudo.length === 0) return "gives no sudo";
  return command === undefined ? `gives ${describeSudo(sudo)}` : `gives no sudo for "${command}"`;
}
