import { escapeMarkup } from "./escape";
import type { MapGraph } from "./graph";
import type { Layout } from "./layout";
import { lineElement } from "./svg-line";
import { nodeElement } from "./svg-node";

/** Above this many lines, each is drawn thinner and paler. */
const MANY_LINES = 60;

/** Room around what is drawn, in CSS pixels. */
export const MARGIN = 20;

/**
 * The boxes and lines of a map as an SVG element with its upper left corner at `-MARGIN`, without any colours.
 * @param attributes of the element, such as its size
 * @param isLive whether the page's script answers to the pointer and keyboard; if not, tooltips say what it would
 * @param around what stands beside the drawing, in its coordinates
 */
export function drawing(
  graph: MapGraph,
  layout: Layout,
  attributes: string,
  { isLive, around = "" }: { isLive: boolean; around?: string },
): string {
  const groups = [...new Set(graph.nodes.flatMap((node) => node.groups))].sort();
  const many = graph.lines.length > MANY_LINES ? " many" : "";
  const lines = graph.lines.map((line, index) => lineElement(line, index, graph, layout, isLive));
  const nodes = graph.nodes.map((node, index) => nodeElement(node, index, graph, layout, { isLive, groups }));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="drawing${many}" data-view="${graph.view}" role="group" aria-label="${escapeMarkup(`Who talks to whom, by ${graph.view}`)}" ${attributes}>`,
    around,
    `<g class="canvas">`,
    `<g class="lines">`,
    ...lines,
    `</g>`,
    `<g class="nodes">`,
    ...nodes,
    `</g>`,
    `</g>`,
    `</svg>`,
  ]
    .filter((text) => text !== "")
    .join("\n");
}
