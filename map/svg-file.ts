import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DARK, groupRules, LIGHT, properties } from "./colours";
import { escapeMarkup } from "./escape";
import type { MapGraph } from "./graph";
import type { Layout } from "./layout";
import { drawing, MARGIN } from "./svg";
import { countsText } from "./words";

/** What a drawing is of. */
export interface Subject {
  stack: string;
  environment: string;
  region: string;
  /** How many hosts the stack has. */
  hosts: number;
}

const HEADER = 56;
const FOOTER = 44;
const LEAST_WIDTH = 620;

/** The text of map/drawing.css with the stripes' colours. */
export function drawingStyle(): string {
  return `${readFileSync(join(__dirname, "drawing.css"), "utf8")}${groupRules()}\n`;
}

/** A whole SVG file: the drawing under a heading, over a legend, in light or dark as the viewer prefers. */
export function svgFile(graph: MapGraph, layout: Layout, subject: Subject): string {
  const width = Math.max(LEAST_WIDTH, Math.ceil(layout.width)) + 2 * MARGIN;
  const height = Math.ceil(layout.height) + HEADER + FOOTER + 2 * MARGIN;
  const [left, top] = [-MARGIN, -MARGIN - HEADER];
  const around = [
    `<style>${style()}</style>`,
    `<rect class="ground" x="${left}" y="${top}" width="${width}" height="${height}"/>`,
    ...header(graph, subject),
    ...legend(Math.ceil(layout.height) + MARGIN + 10),
  ];
  const attributes = `viewBox="${left} ${top} ${width} ${height}" width="${width}" height="${height}"`;
  return `${drawing(graph, layout, attributes, { isLive: false, around: around.join("\n") })}\n`;
}

function style(): string {
  return [
    `svg{${properties(LIGHT)}}`,
    `@media (prefers-color-scheme:dark){svg{${properties(DARK)}}}`,
    `.ground{fill:var(--ground)}.heading{font-size:17px;font-weight:600;fill:var(--text)}`,
    `.legend .note{font-size:11.5px}`,
    drawingStyle(),
  ].join("\n");
}

function header(graph: MapGraph, { stack, environment, region, hosts }: Subject): string[] {
  const where = `environment ${environment}, ${region} · by ${graph.view} · ${countsText(graph, hosts)}`;
  return [
    `<text class="heading" x="0" y="${-HEADER + 8}">${escapeMarkup(`${stack}: who talks to whom`)}</text>`,
    `<text class="note" x="0" y="${-HEADER + 27}">${escapeMarkup(where)}</text>`,
  ];
}

function legend(y: number): string[] {
  const sample = (kind: string, x: number, words: string) => [
    `<g class="line ${kind}"><path class="stroke" d="M${x},${y}H${x + 34}"/><path class="head" d="M${x + 42},${y}l-8,-3.5v7Z"/></g>`,
    `<text class="note" x="${x + 52}" y="${y + 4}">${words}</text>`,
  ];
  return [
    `<g class="legend">`,
    ...sample("ipsec", 0, "between hosts, through IPsec"),
    ...sample("clear", 280, "from outside, in clear"),
    `</g>`,
  ];
}
