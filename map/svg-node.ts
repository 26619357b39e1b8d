import { GROUP_COLOURS } from "./colours";
import { escapeMarkup } from "./escape";
import type { MapGraph, MapNode } from "./graph";
import type { Layout, Point } from "./layout";
import {
  CHIP,
  chipsOf,
  HOST_SIZE,
  NOTE_HEIGHT,
  NOTE_SIZE,
  PADDING,
  sizeOf,
  TITLE_HEIGHT,
  TITLE_SIZE,
} from "./sizes";
import { nodeTexts } from "./words";
import { ALL } from "../compiler/words";

const STRIPE_WIDTH = 5;
const RADIUS = { network: 14, other: 6 };

/** A box, its stripe in its group's colour, its two lines of text, and its hosts where it lists them. */
export function nodeElement(
  node: MapNode,
  index: number,
  { view }: MapGraph,
  layout: Layout,
  { isLive, groups }: { isLive: boolean; groups: readonly string[] },
): string {
  const middle = layout.nodes.get(node.id);
  if (middle === undefined) throw new Error(`${node.id} was not laid out`);
  const { width, height } = sizeOf(node);
  const corner = { x: round(middle.x - width / 2), y: round(middle.y - height / 2) };
  const texts = nodeTexts(node).map(escapeMarkup);
  const spoken = isLive
    ? ` data-node="${index}" tabindex="0" role="button" aria-label="${texts.join("; ")}"`
    : "";
  const kinds = [node.kind, ...(node.isolated ? ["isolated"] : [])].join(" ");
  const radius = node.kind === "network" ? RADIUS.network : RADIUS.other;
  return [
    `<g id="${view}-node-${index}" class="node ${kinds}"${spoken} transform="translate(${corner.x},${corner.y})">`,
    isLive ? "" : `<title>${texts.join("\n")}</title>`,
    `<rect class="box" width="${width}" height="${height}" rx="${radius}"/>`,
    node.kind === "network" ? "" : stripe(node, height, groups),
    text("title", { x: PADDING.left, y: PADDING.top + TITLE_SIZE }, node.title),
    text("note", { x: PADDING.left, y: PADDING.top + TITLE_HEIGHT + NOTE_SIZE }, node.note),
    ...(node.listsHosts ? chips(node) : []),
    `</g>`,
  ].join("");
}

/** Along the left edge, round where the box is. */
function stripe({ groups }: MapNode, height: number, all: readonly string[]): string {
  const group = groups.find((name) => name !== ALL);
  const colour = group === undefined ? "" : ` g${all.indexOf(group) % GROUP_COLOURS.length}`;
  const r = RADIUS.other;
  const path = `M${r},0A${r},${r} 0 0 0 0,${r}V${height - r}A${r},${r} 0 0 0 ${r},${height}H${STRIPE_WIDTH + 1}V0Z`;
  return `<path class="stripe${colour}" d="${path}"/>`;
}

function chips(node: MapNode): string[] {
  const { columns, width } = chipsOf(node);
  const top = PADDING.top + TITLE_HEIGHT + NOTE_HEIGHT + CHIP.gap;
  return node.hosts.map((host, index) => {
    const x = PADDING.left + (index % columns) * (width + CHIP.gap);
    const y = top + Math.floor(index / columns) * (CHIP.height + CHIP.gap);
    const at = { x: CHIP.padding, y: round((CHIP.height + HOST_SIZE * 0.7) / 2) };
    return `<g class="chip" data-host="${escapeMarkup(host)}" transform="translate(${x},${y})"><rect width="${width}" height="${CHIP.height}" rx="4"/>${text("host", at, host)}</g>`;
  });
}

function text(kind: string, { x, y }: Point, content: string): string {
  return `<text class="${kind}" x="${x}" y="${y}">${escapeMarkup(content)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
