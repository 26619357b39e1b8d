import type { DecidedStack } from "../compiler/check/stack";
import type { HostModel } from "../compiler/model";
import { compareText, plural } from "../compiler/text";
import { ALL } from "../compiler/words";
import type { MapGraph, MapNode, RuleFlow } from "./graph";
import { joinRules } from "./lines";
import { networkNodes } from "./networks";
import { ruleFlows } from "./rules";

/** Up to so many lines, every host has a box of its own: more than that are a tangle that nobody can follow. */
const MOST_LINES_OF_SINGLE_HOSTS = 48;

/** Above this many hosts, lines between single hosts are not even counted. */
const MOST_SINGLE_HOSTS = 40;

/**
 * The map whose boxes are hosts and networks. Hosts that are in the same groups have the same flows: where every
 * host's own lines would be too many to follow, those hosts share a box, and a line to it is one to each of them.
 */
export function mapByHost(stack: DecidedStack): MapGraph {
  const rules = ruleFlows(stack);
  const hosts = [...stack.model.hosts.values()];
  if (hosts.length <= MOST_SINGLE_HOSTS) {
    const single = mapOf(hosts.map(hostNode), rules, stack);
    if (single.lines.length <= MOST_LINES_OF_SINGLE_HOSTS) return single;
  }
  return mapOf(sharedNodes(hosts), rules, stack);
}

function mapOf(boxes: readonly MapNode[], rules: readonly RuleFlow[], stack: DecidedStack): MapGraph {
  const byGroup = boxesByGroup(boxes);
  const sizes = new Map(boxes.map(({ id, hosts }) => [id, hosts.length]));
  const lines = joinRules(
    rules,
    ({ from, to, ipsec }) => ({
      from: ipsec ? (byGroup.get(from) ?? []) : [from],
      to: byGroup.get(to) ?? [],
    }),
    (from, to) => from !== to || (sizes.get(from) ?? 0) > 1,
  );
  return { view: "host", nodes: [...boxes, ...networkNodes(stack, rules)], lines, rules };
}

/** Ids of the boxes whose hosts are in each group; isolated hosts talk to nobody. */
function boxesByGroup(boxes: readonly MapNode[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { id, groups, isolated } of boxes) {
    for (const group of isolated ? [] : groups) found.set(group, [...(found.get(group) ?? []), id]);
  }
  return found;
}

function hostNode({ name, groups, isolated }: HostModel): MapNode {
  const note = ownGroups(groups).join(" ");
  return {
    id: `host:${name}`,
    kind: "hosts",
    title: name,
    note: isolated ? `isolated · ${note}` : note,
    groups,
    hosts: [name],
    ranges: [],
    listsHosts: false,
    isolated,
  };
}

function sharedNodes(hosts: readonly HostModel[]): MapNode[] {
  const alike = new Map<string, HostModel[]>();
  for (const host of hosts) {
    const key = `${host.isolated ? "isolated " : ""}${ownGroups(host.groups).join("+")}`;
    alike.set(key, [...(alike.get(key) ?? []), host]);
  }
  return [...alike].map(([key, [first, ...rest]]) => {
    const all = [first, ...rest].filter((host) => host !== undefined);
    const isolated = first?.isolated === true;
    return {
      id: `hosts:${key.replace(" ", ":")}`,
      kind: "hosts",
      title: ownGroups(first?.groups ?? []).join(" + "),
      note: `${isolated ? "isolated · " : ""}${plural(all.length, "host")}`,
      groups: first?.groups ?? [],
      hosts: all.map(({ name }) => name).sort(compareNumbered),
      ranges: [],
      listsHosts: true,
      isolated,
    };
  });
}

/** `web-2` before `web-10`, where names differ in their number alone. */
function compareNumbered(a: string, b: string): number {
  return a.length - b.length || compareText(a, b);
}

/** A host's groups without "all", unless there is no other. */
function ownGroups(groups: readonly string[]): readonly string[] {
  const own = groups.filter((group) => group !== ALL);
  return own.length > 0 ? own : groups;
}
