import { compareText } from "../compiler/text";
import type { MapLine, RuleFlow } from "./graph";

/** Ids of the boxes that a rule goes from and to. */
export interface Ends {
  from: readonly string[];
  to: readonly string[];
}

/**
 * One line for each pair of boxes that some rule joins, by the ids of its ends.
 * @param endsOf the boxes that a rule joins, each of `from` with each of `to`
 * @param joins whether a rule that joins a box with itself does so in truth; always, if not given
 */
export function joinRules(
  rules: readonly RuleFlow[],
  endsOf: (rule: RuleFlow) => Ends,
  joins: (from: string, to: string) => boolean = () => true,
): MapLine[] {
  const found = new Map<string, { from: string; to: string; ipsec: boolean; rules: number[] }>();
  rules.forEach((rule, index) => {
    const ends = endsOf(rule);
    for (const from of ends.from) {
      for (const to of ends.to) {
        if (!joins(from, to)) continue;
        const line = found.get(`${from} ${to}`);
        if (line === undefined) found.set(`${from} ${to}`, { from, to, ipsec: rule.ipsec, rules: [index] });
        else line.rules.push(index);
      }
    }
  });
  return [...found.values()]
    .sort((a, b) => compareText(a.from, b.from) || compareText(a.to, b.to))
    .map((line, index) => ({ id: `line-${index + 1}`, ...line }));
}
