import type { Access, PolicyTest } from "../model";
import { leastGroups, whyNot, type RuleContext } from "../rules/context";
import { highest, holding, isFor, loginsOf, RANK, type Given } from "../rules/logins";
import { rulePlace } from "../rules/place";
import { ALL } from "../words";
import { mostGroups, throughHost } from "./context";

type LoginTest = Extract<PolicyTest, { kind: "login" }>;

/** What is wrong with what a login test expects, and which rule breaks it; undefined if it holds. */
export function loginFailure(test: LoginTest, context: RuleContext): string | undefined {
  const wider = holding(loginsFor(test, mostGroups(test.group, context), context), context.occasion);
  const tooMuch = wider.filter((given) => RANK[highest([given])] > RANK[test.expect]);
  if (tooMuch.length > 0) return `expected ${test.expect}, and ${tooWide(test, tooMuch, context)}`;
  const certain = loginsFor(test, leastGroups(test.group), context);
  const least = highest(holding(certain, context.occasion));
  if (RANK[least] >= RANK[test.expect]) return undefined;
  return `expected ${test.expect}, and ${tooNarrow(test, least, certain, context)}`;
}

function loginsFor({ person }: LoginTest, groups: ReadonlySet<string>, { policy }: RuleContext): Given[] {
  return loginsOf(groups, policy).filter(({ login }) => isFor(login, person, policy));
}

function tooWide(test: LoginTest, given: readonly Given[], context: RuleContext): string {
  const places = given.map(({ login }) => rulePlace(context.sources, login.path));
  const through = throughHost(test.group, given[0]?.group ?? test.group, context);
  const access = highest(given) === "sudo" ? "has sudo" : "may log in";
  return `"${test.person}" ${access} on hosts in "${test.group}" by ${places.join(" and ")}${through}`;
}

function tooNarrow(test: LoginTest, least: Access, given: readonly Given[], context: RuleContext): string {
  const access = least === "login" ? "may only log in" : "may not log in";
  const reasons = given.map(({ login }) => {
    const reason = whyNot(login, context) ?? "gives no sudo";
    return `${rulePlace(context.sources, login.path)} ${reason}`;
  });
  const groups = test.group === ALL ? `"${ALL}"` : `"${test.group}" or "${ALL}"`;
  const teams = context.policy.people.get(test.person)?.teams ?? [];
  const memberships = teams.length === 0 ? "" : ` or for ${teams.map((team) => `"${team}"`).join(", ")}`;
  const none = `no login of ${groups} is for "${test.person}"${memberships}`;
  const why = reasons.length === 0 ? none : reasons.join(" and ");
  return `"${test.person}" ${access} on hosts in "${test.group}"; ${why}`;
}
