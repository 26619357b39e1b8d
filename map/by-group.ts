import type { DecidedStack } from "../compiler/check/stack";
import { plural } from "../compiler/text";
import { ALL } from "../compiler/words";
import type { MapGraph, MapNode } from "./graph";
import { joinRules } from "./lines";
import { networkNodes } from "./networks";
import { descriptionAt, ruleFlows } from "./rules";

/** The map whose boxes are server groups and networks: one line for each pair that a rule of the policy joins. */
export function mapByGroup(stack: DecidedStack): MapGraph {
  const rules = ruleFlows(stack);
  const named = new Set(rules.flatMap(({ from, to }) => [from, to]));
  const inUse = new Set([...stack.model.hosts.values()].flatMap(({ groups }) => groups));
  const groups = [...stack.model.groups.values()].filter(({ name }) =>
    name === ALL ? named.has(name) : inUse.has(name),
  );
  const nodes: MapNode[] = groups.map(({ name, members }) => ({
    id: groupId(name),
    kind: "group",
    title: name,
    note: name === ALL ? `every host · ${members.length}` : plural(members.length, "host"),
    description: descriptionAt(stack.sources, `groups.${name}`),
    groups: [name],
    hosts: members,
    ranges: [],
    listsHosts: false,
    isolated: false,
  }));
  const networks = networkNodes(stack, rules);
  const isNetwork = new Set(networks.map(({ id }) => id));
  const endOf = (name: string) => [isNetwork.has(name) ? name : groupId(name)];
  const lines = joinRules(rules, ({ from, to }) => ({ from: endOf(from), to: endOf(to) }));
  return { view: "group", nodes: [...nodes, ...networks], lines, rules };
}

function groupId(name: string): string {
  return `group:${name}`;
}
