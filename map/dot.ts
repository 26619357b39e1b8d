import type { DecidedStack } from "../compiler/check/stack";
import { quoteDot } from "./escape";
import type { MapGraph, MapLine, MapNode } from "./graph";
import { kindOfLayout } from "./limits";
import { LABEL_SIZE, labelOf, NOTE_SIZE, sizeOf, TITLE_SIZE } from "./sizes";

/** Graphviz measures in inches, and knows the metrics of Courier, which are those of other monospaced fonts. */
const POINTS_PER_INCH = 72;
const FONT = "Courier";

/** Light mode's colours, for those who draw this text with Graphviz themselves. */
const COLOUR = { box: "#5b6675", ipsec: "#0a7568", clear: "#b04a00" };

/**
 * The map in Graphviz's language: for people's own tools, and the one source of our own drawing's layout.
 * A line is solid if its traffic has to come through IPsec, and dashed if it comes from outside, in clear.
 */
export function dotOf(graph: MapGraph, { inventory }: Pick<DecidedStack, "inventory">): string {
  const kind = kindOfLayout(graph);
  const title = `${inventory.environment}, ${inventory.region}: who talks to whom, by ${graph.view}`;
  const networks = graph.nodes.filter((node) => node.kind === "network").map(({ id }) => quoteDot(id));
  const texts = [
    "digraph palisade {",
    ...settingsOf(kind.settings, title),
    ...fromOutsideIn(graph).map(nodeText),
    ...(networks.length === 0 ? [] : [`  { rank=source; ${networks.join("; ")} }`]),
    ...sideBySide(graph),
    ...graph.lines.map((line) => lineText(line, kind.hasLabels ? labelOf(line, graph) : [], graph)),
    "}",
  ];
  return `${texts.join("\n")}\n`;
}

/** Networks first, then what they reach, and so on: Graphviz lays out from left to right what it reads first. */
function fromOutsideIn({ nodes, lines }: MapGraph): MapNode[] {
  const isNetwork = ({ kind }: MapNode) => kind === "network";
  const order = new Set(nodes.filter(isNetwork).map(({ id }) => id));
  for (const reached of order) {
    for (const { from, to } of lines) if (from === reached) order.add(to);
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const found = [...order].flatMap((id) => byId.get(id) ?? []);
  return [...found, ...nodes.filter(({ id }) => !order.has(id))];
}

/** Hosts that are in the same groups, and so have the same flows, stand above each other. */
function sideBySide({ nodes }: MapGraph): string[] {
  const alike = new Map<string, string[]>();
  for (const { id, kind, groups, isolated } of nodes) {
    const key = kind === "hosts" && !isolated ? groups.join(" ") : id;
    alike.set(key, [...(alike.get(key) ?? []), id]);
  }
  const several = [...alike.values()].filter((ids) => ids.length > 1);
  return several.map((ids) => `  { rank=same; ${ids.map(quoteDot).join("; ")} }`);
}

function settingsOf(settings: readonly string[], title: string): string[] {
  const font = `fontname=${FONT}`;
  return [
    `  graph [${settings.join(" ")} tooltip=${quoteDot(title)}];`,
    `  node [shape=box style=rounded fixedsize=true ${font} fontsize=${NOTE_SIZE} color="${COLOUR.box}"];`,
    `  edge [${font} fontsize=${LABEL_SIZE} arrowsize=0.7];`,
  ];
}

function nodeText(node: MapNode): string {
  const { width, height } = sizeOf(node);
  const hosts = node.listsHosts ? node.hosts.join(" ") : "";
  const attributes = [
    `id=${quoteDot(node.id)}`,
    `label=${joinLabel([node.title, node.note])}`,
    `tooltip=${quoteDot([node.description, hosts, node.ranges.join(" ")].filter(Boolean).join(" · "))}`,
    `width=${inches(width)}`,
    `height=${inches(height)}`,
    ...(node.kind === "network" ? [`style="rounded,dashed"`] : []),
    ...(node.listsHosts ? [] : [`fontsize=${TITLE_SIZE - 1}`]),
  ];
  return `  ${quoteDot(node.id)} [${attributes.join(" ")}];`;
}

function lineText(
  { id, from, to, ipsec, rules }: MapLine,
  label: readonly string[],
  graph: MapGraph,
): string {
  const paths = rules.flatMap((index) => graph.rules[index]?.path ?? []);
  const attributes = [
    `id=${quoteDot(id)}`,
    ...(label.length === 0 ? [] : [`label=${joinLabel(label)}`]),
    `tooltip=${quoteDot(paths.join(" "))}`,
    ipsec ? `style=solid color="${COLOUR.ipsec}"` : `style=dashed color="${COLOUR.clear}"`,
  ];
  return `  ${quoteDot(from)} -> ${quoteDot(to)} [${attributes.join(" ")}];`;
}

/** A quoted label of several lines. */
function joinLabel(lines: readonly string[]): string {
  return `"${lines.map((line) => quoteDot(line).slice(1, -1)).join("\\n")}"`;
}

function inches(points: number): string {
  return (points / POINTS_PER_INCH).toFixed(4);
}
