import type { MapGraph } from "./graph";

/** Above this many hosts, a drawing by host is refused: no screen shows them. */
export const MOST_HOSTS = 400;

/** Above this many lines, a drawing is refused: laying it out takes longer than a person waits. */
export const MOST_LINES = 1500;

/** Up to so many lines, Graphviz layers boxes from left to right and bends lines around them: clear, but slow. */
const MOST_LAYERED_LINES = 160;

/** Up to so many lines, each has its ports beside it. */
const MOST_LABELLED_LINES = 60;

export interface LayoutKind {
  engine: "dot" | "sfdp";
  /** Graphviz's attributes of the whole graph. */
  settings: readonly string[];
  hasLabels: boolean;
}

/** How a map is laid out, by how many lines it has. */
export function kindOfLayout({ view, nodes, lines }: MapGraph): LayoutKind {
  const singleHosts = view === "host" && !nodes.some(({ listsHosts }) => listsHosts);
  const hasLabels = !singleHosts && lines.length <= MOST_LABELLED_LINES;
  if (lines.length <= MOST_LAYERED_LINES) {
    const ranksep = hasLabels ? 0.45 : 1.3;
    const settings = ["layout=dot", "rankdir=LR", "nodesep=0.4", `ranksep=${ranksep}`];
    return { engine: "dot", settings, hasLabels };
  }
  const settings = ["layout=sfdp", "splines=line", "overlap=prism", 'sep="+8"', "K=0.8"];
  return { engine: "sfdp", settings, hasLabels };
}

/** Why a map can't be drawn, and what can be done instead; undefined if it can. */
export function whyNotDrawn(graph: MapGraph, hosts: number): string | undefined {
  const instead = "--format table and --format json have no such bound";
  if (graph.view === "host" && hosts > MOST_HOSTS)
    return `${hosts} hosts are too many to draw one by one (at most ${MOST_HOSTS}); draw them by group, or ${instead}`;
  if (graph.lines.length > MOST_LINES)
    return `${graph.lines.length} lines by ${graph.view} are too many to draw (at most ${MOST_LINES}); ${instead}`;
  return undefined;
}
