import type { Port } from "../../compiler/model";
import { parsePort, portsOverlap } from "../../compiler/validate/port";
import type { PageData, PageNode, PageRule, PageView } from "./data";

/** What a reader looks for; empty text asks for nothing. */
export interface Filter {
  group: string;
  host: string;
  port: string;
  text: string;
}

export function isEmpty({ group, host, port, text }: Filter): boolean {
  return [group, host, port, text].every((asked) => asked.trim() === "");
}

/** What a filter leaves of a view. */
export interface Found {
  /** Indices of lines, of boxes at their ends or named themselves, and of the rules that make the lines. */
  lines: ReadonlySet<number>;
  nodes: ReadonlySet<number>;
  rules: ReadonlySet<number>;
}

/**
 * The ports that a reader's words mean: `443` is that of any protocol, the rest is written as in the policy.
 * Undefined if they mean none.
 */
export function portsMeant(text: string): Port[] | undefined {
  const trimmed = text.trim().toLowerCase();
  const written = /^\d+(-\d+)?$/.test(trimmed) ? [`${trimmed}/tcp`, `${trimmed}/udp`] : [trimmed];
  const ports = written.flatMap((port) => {
    const parsed = parsePort(port);
    return "port" in parsed ? [parsed.port] : [];
  });
  return ports.length === 0 ? undefined : ports;
}

/** What of a view has to do with all that a filter asks for; everything, if it asks for nothing. */
export function find(view: PageView, data: PageData, filter: Filter): Found {
  const lines = new Set<number>();
  const nodes = new Set<number>();
  const rules = new Set<number>();
  view.lines.forEach((line, index) => {
    const ends = [line.from, line.to].flatMap((end) => view.nodes[end] ?? []);
    if (!ends.some((node) => inGroup(node, filter)) || !ends.some((node) => hasHost(node, filter))) return;
    const found = line.rules.filter((rule) => isAskedFor(data.rules[rule], ends, filter));
    if (found.length === 0) return;
    lines.add(index);
    nodes.add(line.from).add(line.to);
    found.forEach((rule) => rules.add(rule));
  });
  const asksForBoxes = filter.port.trim() === "" && filter.text.trim() === "";
  view.nodes.forEach((node, index) => {
    if (asksForBoxes && inGroup(node, filter) && hasHost(node, filter)) nodes.add(index);
  });
  return { lines, nodes, rules };
}

function inGroup({ kind, title, groups }: PageNode, { group }: Filter): boolean {
  return group === "" || title === group || (kind === "hosts" && groups.includes(group));
}

function hasHost({ hosts }: PageNode, { host }: Filter): boolean {
  return host === "" || hosts.includes(host);
}

function isAskedFor(rule: PageRule | undefined, ends: readonly PageNode[], { port, text }: Filter): boolean {
  if (rule === undefined) return false;
  const meant = portsMeant(port);
  const own = rule.ports.flatMap((written) => portsMeant(written) ?? []);
  if (meant !== undefined && !own.some((one) => meant.some((other) => portsOverlap(one, other))))
    return false;
  const all = wordsOf(rule, ends);
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

function wordsOf(
  { service, ports, description, path, place, ipsec }: PageRule,
  ends: readonly PageNode[],
): string {
  const names = ends.flatMap(({ title, hosts }) => [title, ...hosts]);
  return [...names, service, ...ports, description, path, place, ipsec ? "ipsec" : "clear"]
    .join(" ")
    .toLowerCase();
}
