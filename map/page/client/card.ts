import { plural } from "../../../compiler/text";
import type { PageData, PageLine, PageNode, PageRule, PageView } from "../data";
import { make } from "./elements";

/** More names than this are counted and not written out. */
const MOST_NAMES = 12;

/** What a line lets through: each rule with its ports, where it is written, and the hosts at either end. */
export function lineCard({ from, to, ipsec, rules }: PageLine, view: PageView, data: PageData): Node[] {
  const [source, target] = [view.nodes[from], view.nodes[to]];
  const title =
    from === to
      ? `${source?.title ?? ""} among themselves`
      : `${source?.title ?? ""} → ${target?.title ?? ""}`;
  const through = ipsec ? "IPsec" : "clear";
  return [
    make("h2", "", title),
    make("p", `badge ${ipsec ? "ipsec" : "clear"}`, through),
    ...rules.flatMap((index) => {
      const rule = data.rules[index];
      return rule === undefined ? [] : [ruleItem(rule, title)];
    }),
    terms([
      ["from", source === undefined ? "" : named(source)],
      ["to", target === undefined ? "" : named(target)],
    ]),
  ];
}

/** @param title what the card says already */
function ruleItem({ service, ports, description, path, place, from, to }: PageRule, title: string): Node {
  const item = make("section", "rule", make("h3", "", `${service} `, make("span", "ports", ports.join(" "))));
  if (description !== "") item.append(make("p", "description", description));
  if (from !== to && title !== `${from} → ${to}`) item.append(make("p", "", `${from} → ${to}`));
  item.append(make("code", "", path), make("code", "place", place));
  return item;
}

/** What a box is, and how many lines it has. */
export function nodeCard(node: PageNode, index: number, view: PageView): Node[] {
  const kind =
    node.kind === "hosts" ? (node.hosts.length > 1 ? "hosts in the same groups" : "host") : node.kind;
  const outgoing = view.lines.filter(({ from }) => from === index);
  const incoming = view.lines.filter(({ to }) => to === index);
  const names = (lines: PageLine[], end: "from" | "to") =>
    list(lines.map((line) => view.nodes[line[end]]?.title ?? ""));
  return [
    make("h2", "", node.title),
    make("p", "badge", kind),
    ...(node.description === "" ? [] : [make("p", "description", node.description)]),
    terms([
      ["groups", node.kind === "hosts" ? list(node.groups) : ""],
      ["hosts", node.hosts.length > 1 || node.kind === "group" ? list(node.hosts) : ""],
      ["ranges", list(node.ranges)],
      ["reaches", names(outgoing, "to")],
      ["reached by", names(incoming, "from")],
    ]),
  ];
}

function named({ kind, title, hosts, ranges }: PageNode): string {
  if (kind === "network") return list(ranges);
  return hosts.length === 1 && hosts[0] === title ? "" : `${plural(hosts.length, "host")}: ${list(hosts)}`;
}

function list(names: readonly string[]): string {
  const rest = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(" ") + (rest > 0 ? ` and ${rest} more` : "");
}

function terms(pairs: [string, string][]): Node {
  const shown = pairs.filter(([, text]) => text !== "");
  return make("dl", "", ...shown.flatMap(([term, text]) => [make("dt", "", term), make("dd", "", text)]));
}
