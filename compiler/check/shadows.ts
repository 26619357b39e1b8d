import type { Stack } from "../load/stack";
import type { Problem } from "../problem";
import { covers } from "../rules/covers";
import { placeOf, problemIn, rulePlace, type Place } from "../rules/place";
import { rulesOf, type WrittenRule } from "../rules/written";
import { ALL } from "../words";

type Shadows = Map<WrittenRule, WrittenRule>;

/**
 * Rules that change nothing, because another gives all that they give; each with that other. Of rules that give the
 * same, the first in the file stays. Deleting all that are found, at once, takes no flow, login or sudo away.
 * Rules that have ended are left out: they give nothing, and a warning of their own says so.
 * @param today ISO date
 */
export function shadowedRules(
  { policy, sources }: Pick<Stack, "policy" | "sources">,
  today: string,
): Shadows {
  const places = new Map<WrittenRule, Place>();
  const placed = (rule: WrittenRule): Place => {
    const place = places.get(rule) ?? placeOf(sources, rule.path);
    places.set(rule, place);
    return place;
  };
  const shadows = (wide: WrittenRule, narrow: WrittenRule): boolean => {
    if (wide === narrow || !covers(wide, narrow, policy)) return false;
    return !covers(narrow, wide, policy) || isBefore(placed(wide), placed(narrow));
  };
  const found: Shadows = new Map();
  const ofAll = ownRules(ALL);
  for (const group of policy.groups.keys()) {
    const own = group === ALL ? ofAll : ownRules(group);
    const others = group === ALL ? own : [...own, ...ofAll];
    for (const rule of own) {
      const wider = others.filter((other) => shadows(other, rule));
      // The widest, which nothing shadows: it is there to stay.
      const widest = wider.find((one) => !wider.some((other) => shadows(other, one)));
      if (widest !== undefined) found.set(rule, widest);
    }
  }
  return found;

  function ownRules(name: string): WrittenRule[] {
    const group = policy.groups.get(name);
    if (group === undefined) return [];
    return rulesOf(group).filter(({ grant }) => grant.until === undefined || today < grant.until);
  }
}

function isBefore(a: Place, b: Place): boolean {
  return (a.line ?? 0) < (b.line ?? 0) || (a.line === b.line && (a.column ?? 0) < (b.column ?? 0));
}

/** A warning of each rule that another shadows. @param today ISO date */
export function shadowWarnings(stack: Pick<Stack, "policy" | "sources">, today: string): Problem[] {
  return [...shadowedRules(stack, today)].map(([{ path }, wide]) =>
    problemIn(
      stack.sources,
      "groups",
      path,
      `this adds nothing to ${rulePlace(stack.sources, wide.path)}, and can be deleted`,
      { severity: "warning" },
    ),
  );
}
