import type { Network, PolicyTest, Port } from "../model";
import { isCovered, piecesOf, takesPort, touches, type Rule } from "../rules/admits";
import { blocksFrom, isOpen, networksOf, rulesBetween, type Ends } from "../rules/between";
import { leastGroups, type RuleContext } from "../rules/context";
import { nearestService, type NearService } from "../rules/nearest-service";
import { rulePlace } from "../rules/place";
import { sortedUnique } from "../text";
import type { Block } from "../validate/cidr";
import { formatPort } from "../validate/port";
import { ALL, NETWORK_PREFIX } from "../words";
import { mostGroups, throughHost } from "./context";

export type FlowTest = Extract<PolicyTest, { kind: "flow" }>;

/** What is wrong with what a flow test expects, and which rule breaks it; undefined if it holds. */
export function flowFailure(test: FlowTest, context: RuleContext): string | undefined {
  const broken = test.expect === "deny" ? brokenDeny(test, context) : brokenAllow(test, context);
  return broken === undefined ? undefined : `expected ${test.expect}, and ${broken}`;
}

/** Such as `"web" to "db" on 5432/tcp`. */
export function wording({ from, to, port }: FlowTest): string {
  const source = from.kind === "group" ? from.group : `${NETWORK_PREFIX}${from.network}`;
  return `"${source}" to "${to}" on ${formatPort(port)}`;
}

function brokenDeny(test: FlowTest, context: RuleContext): string | undefined {
  const { from, to, port } = test;
  const rules = rulesBetween(
    endsOf(test, (group) => mostGroups(group, context)),
    context.model,
  );
  const letting = piecesOf(port, rules).flatMap((piece) =>
    lettingIn(
      test,
      rules.filter((rule) => takesPort(rule.accept.ports, piece)),
      context,
    ),
  );
  const [rule] = letting;
  if (rule === undefined) return undefined;
  const places = sortedUnique(letting.map(({ origin }) => rulePlace(context.sources, origin.path)));
  const through = new Set([throughHost(to, rule.accept.group, context)]);
  if (from.kind === "group" && rule.origin.kind === "group") {
    through.add(throughHost(from.group, rule.origin.group, context));
  }
  return `${wording(test)} is allowed by ${places.join(" and ")}${[...through].join("")}`;
}

/** Of rules that take a port, those by which something that the test is about comes in. */
function lettingIn(test: FlowTest, rules: readonly Rule[], context: RuleContext): Rule[] {
  if (test.from.kind === "group") return [...rules];
  const open = blocksFrom(test.from.network, context).filter((block) => isCovered(block, networksOf(rules)));
  const letIn = (isOpened: (network: Network, block: Block) => boolean) =>
    rules.filter(
      ({ origin }) => origin.kind === "network" && open.some((block) => isOpened(origin.network, block)),
    );
  const alone = letIn((network, block) => isCovered(block, [network]));
  return alone.length > 0 ? alone : letIn(touches);
}

/** @param groupsOf the groups that hosts of one named in the test are in */
function endsOf({ from, to, port }: FlowTest, groupsOf: (group: string) => ReadonlySet<string>): Ends {
  return {
    from:
      from.kind === "group"
        ? { kind: "hosts", groups: groupsOf(from.group) }
        : { kind: "network", network: from.network },
    to: groupsOf(to),
    port,
  };
}

function brokenAllow(test: FlowTest, context: RuleContext): string | undefined {
  const ends = endsOf(test, leastGroups);
  const rules = rulesBetween(ends, context.model);
  const taking = (piece: Port) => rules.filter((rule) => takesPort(rule.accept.ports, piece));
  if (piecesOf(test.port, rules).every((piece) => isOpen(ends.from, taking(piece), context)))
    return undefined;
  const whole = rules.length === 0 ? "" : "all of ";
  const groups = test.to === ALL ? `"${ALL}"` : `"${test.to}" or "${ALL}"`;
  const nearest = nearestService(ends, context);
  const remedy =
    nearest === undefined
      ? `no service of ${groups} comes near it`
      : `nearest is ${wordNearest(nearest, context)}`;
  return `no rule allows ${whole}${wording(test)}; ${remedy}`;
}

function wordNearest({ path, lacks }: NearService, { sources }: RuleContext): string {
  const place = rulePlace(sources, path);
  return lacks.length === 0 ? place : `${place}, which ${lacks.map(({ text }) => text).join(" and ")}`;
}
