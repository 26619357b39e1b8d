import { plural } from "../compiler/text";
import type { MapGraph, MapLine, MapNode, RuleFlow } from "./graph";

/** `policy/groups.json:11:67` */
export function placeText({ file, line, column }: Pick<RuleFlow, "file" | "line" | "column">): string {
  return [file, line, column].filter((part) => part !== undefined).join(":");
}

export function throughText(ipsec: boolean): string {
  return ipsec ? "through IPsec" : "from outside, in clear";
}

/** What a line says in words: its ends, then each rule with where it is written. */
export function lineTexts(line: MapLine, { nodes, rules }: MapGraph): string[] {
  const title = (id: string) => nodes.find((node) => node.id === id)?.title ?? id;
  const ends =
    line.from === line.to
      ? `among the hosts of ${title(line.from)}`
      : `${title(line.from)} to ${title(line.to)}`;
  return [
    `${ends}, ${throughText(line.ipsec)}`,
    ...line.rules.flatMap((index) => {
      const rule = rules[index];
      return rule === undefined ? [] : [ruleText(rule)];
    }),
  ];
}

function ruleText(rule: RuleFlow): string {
  const what = rule.description === undefined ? "" : ` (${rule.description})`;
  return `${rule.service} ${rule.ports.join(" ")}${what}: ${rule.path}, ${placeText(rule)}`;
}

/** What a box says in words. */
export function nodeTexts(node: MapNode): string[] {
  const hosts = node.hosts.length > 1 || node.kind === "group" ? `hosts: ${node.hosts.join(" ")}` : "";
  const groups = node.kind === "hosts" ? `in ${node.groups.join(", ")}` : "";
  const kind = { group: "group", hosts: node.listsHosts ? "hosts alike" : "host", network: "network" }[
    node.kind
  ];
  return [
    `${kind} ${node.title}${node.isolated ? ", isolated" : ""}`,
    node.description ?? "",
    groups,
    hosts,
    node.ranges.join(" "),
  ].filter((text) => text !== "");
}

/** `7 hosts, 12 rules, 29 lines` */
export function countsText(graph: MapGraph, hosts: number): string {
  return [plural(hosts, "host"), plural(graph.rules.length, "rule"), plural(graph.lines.length, "line")].join(
    ", ",
  );
}
