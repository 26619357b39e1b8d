import { plainText } from "../escape";
import type { MapGraph, RuleFlow, View } from "../graph";
import { placeText } from "../words";

/** What the page's script knows of a map: one JSON document within the page. */
export interface PageData {
  rules: PageRule[];
  /** Sorted hosts of each group that a rule names. */
  members: Record<string, readonly string[]>;
  views: Partial<Record<View, PageView>>;
}

export interface PageRule {
  /** A group, or `net:NAME`. */
  from: string;
  to: string;
  service: string;
  ports: readonly string[];
  ipsec: boolean;
  description: string;
  /** Such as `groups.db.services.postgres.from[1]`. */
  path: string;
  /** Such as `policy/groups.json:11:67`. */
  place: string;
}

/** Boxes and lines in the order in which the drawing numbers them. */
export interface PageView {
  nodes: PageNode[];
  lines: PageLine[];
}

export interface PageNode {
  kind: "group" | "hosts" | "network";
  title: string;
  note: string;
  description: string;
  groups: readonly string[];
  hosts: readonly string[];
  ranges: readonly string[];
}

export interface PageLine {
  /** Indices of nodes. */
  from: number;
  to: number;
  ipsec: boolean;
  /** Indices of rules. */
  rules: readonly number[];
}

/** @param graphs of one stack, so with the same rules */
export function pageData(graphs: readonly MapGraph[]): PageData {
  const rules = graphs[0]?.rules ?? [];
  const members = new Map<string, readonly string[]>();
  for (const { from, to, ipsec, hosts } of rules) {
    if (ipsec) members.set(from, hosts.from);
    members.set(to, hosts.to);
  }
  return {
    rules: rules.map(pageRule),
    members: Object.fromEntries(members),
    views: Object.fromEntries(graphs.map((graph) => [graph.view, pageView(graph)])),
  };
}

function pageRule(rule: RuleFlow): PageRule {
  const { from, to, service, ports, ipsec, description = "", path } = rule;
  return {
    from,
    to,
    service,
    ports,
    ipsec,
    description: plainText(description),
    path,
    place: placeText(rule),
  };
}

function pageView({ nodes, lines }: MapGraph): PageView {
  const indices = new Map(nodes.map(({ id }, index) => [id, index]));
  return {
    nodes: nodes.map(({ kind, title, note, description = "", groups, hosts, ranges }) => ({
      kind,
      title,
      note,
      description: plainText(description),
      groups,
      hosts,
      ranges,
    })),
    lines: lines.map(({ from, to, ipsec, rules }) => ({
      from: indices.get(from) ?? -1,
      to: indices.get(to) ?? -1,
      ipsec,
      rules,
    })),
  };
}
