import { escapeMarkup } from "./escape";
import type { MapGraph, MapLine } from "./graph";
import type { Layout, LineLayout, Point } from "./layout";
import { kindOfLayout } from "./limits";
import { LABEL_SIZE, labelOf } from "./sizes";
import { lineTexts } from "./words";

const HEAD_WIDTH = 7;
const LABEL_HEIGHT = LABEL_SIZE + 2;
/** Graphviz puts a label on the line; so much higher, the line passes under it. */
const LABEL_RISE = 4;

/** A line with its arrow, its label and a wide invisible stroke for the pointer. */
export function lineElement(
  line: MapLine,
  index: number,
  graph: MapGraph,
  layout: Layout,
  isLive: boolean,
): string {
  const place = layout.lines.get(line.id);
  if (place === undefined) throw new Error(`${line.id} was not laid out`);
  const texts = lineTexts(line, graph);
  const label = kindOfLayout(graph).hasLabels ? labelOf(line, graph) : [];
  const path = curve(place);
  const spoken = isLive
    ? ` data-line="${index}" tabindex="0" role="button" aria-label="${escapeMarkup(texts.join("; "))}"`
    : "";
  return [
    `<g id="${graph.view}-${line.id}" class="line ${line.ipsec ? "ipsec" : "clear"}"${spoken}>`,
    isLive ? "" : `<title>${texts.map(escapeMarkup).join("\n")}</title>`,
    `<path class="reach" d="${path}"/>`,
    `<path class="stroke" d="${path}"/>`,
    `<path class="head" d="${head(place)}"/>`,
    place.label === undefined || label.length === 0 ? "" : labelElement(place.label, label),
    `</g>`,
  ].join("");
}

function curve({ curve: [start, ...rest] }: LineLayout): string {
  if (start === undefined) return "";
  return `M${pair(start)}C${rest.map(pair).join(" ")}`;
}

/** A triangle from the curve's end to its tip. */
function head({ curve: points, tip }: LineLayout): string {
  const end = points.at(-1) ?? tip;
  const length = Math.hypot(tip.x - end.x, tip.y - end.y);
  if (length === 0) return "";
  const across = {
    x: ((end.y - tip.y) / length) * (HEAD_WIDTH / 2),
    y: ((tip.x - end.x) / length) * (HEAD_WIDTH / 2),
  };
  const corners = [
    tip,
    { x: end.x + across.x, y: end.y + across.y },
    { x: end.x - across.x, y: end.y - across.y },
  ];
  return `M${corners.map(pair).join("L")}Z`;
}

function labelElement({ x, y }: Point, texts: readonly string[]): string {
  const first = y - ((texts.length - 1) * LABEL_HEIGHT) / 2 + LABEL_SIZE * 0.35 - LABEL_RISE;
  const spans = texts.map(
    (text, index) =>
      `<tspan x="${x}" y="${(first + index * LABEL_HEIGHT).toFixed(1)}">${escapeMarkup(text)}</tspan>`,
  );
  return `<text class="label" text-anchor="middle">${spans.join("")}</text>`;
}

function pair({ x, y }: Point): string {
  return `${Math.round(x * 10) / 10},${Math.round(y * 10) / 10}`;
}
