import type { Graphviz } from "@hpcc-js/wasm-graphviz";
import type { MapGraph } from "./graph";
import { kindOfLayout } from "./limits";

/** In CSS pixels from the upper left corner. */
export interface Point {
  x: number;
  y: number;
}

/** Where Graphviz put everything. */
export interface Layout {
  width: number;
  height: number;
  /** The middle of each box, by its id. */
  nodes: ReadonlyMap<string, Point>;
  /** By the line's id. */
  lines: ReadonlyMap<string, LineLayout>;
}

export interface LineLayout {
  /** A start, then three points for each cubic Bézier curve. */
  curve: readonly Point[];
  /** Where the arrow ends. */
  tip: Point;
  /** The middle of its label, where it has one. */
  label?: Point;
}

/**
 * Lays a map out with Graphviz, which runs here as WebAssembly: no other program is needed.
 * @param dot the map in Graphviz's language
 */
export async function layOut(graph: MapGraph, dot: string): Promise<Layout> {
  const graphviz = await load();
  const output: unknown = JSON.parse(graphviz.layout(dot, "json", kindOfLayout(graph).engine));
  const [, , width = 0, height = 0] = numbers(field(output, "bb"));
  const flip = ([x = 0, y = 0]: readonly number[]): Point => ({ x: round(x), y: round(height - y) });
  const nodes = items(output, "objects").flatMap((object) => {
    const pos = field(object, "pos");
    return pos === "" ? [] : [[field(object, "name"), flip(numbers(pos))] as const];
  });
  const lines = items(output, "edges").map((edge) => [field(edge, "id"), lineLayout(edge, flip)] as const);
  return { width: round(width), height: round(height), nodes: new Map(nodes), lines: new Map(lines) };
}

async function load(): Promise<Graphviz> {
  const library = await import("@hpcc-js/wasm-graphviz");
  return library.Graphviz.load();
}

/** Graphviz writes a curve as `e,X,Y X,Y X,Y …`: where the arrow ends, and the points (attribute type splineType). */
function lineLayout(edge: unknown, flip: (pair: readonly number[]) => Point): LineLayout {
  const parts = field(edge, "pos").split(" ");
  const curve = parts.filter((part) => !part.startsWith("e,")).map((part) => flip(numbers(part)));
  const end = parts.find((part) => part.startsWith("e,"));
  const tip = end === undefined ? curve.at(-1) : flip(numbers(end.slice(2)));
  const label = field(edge, "lp");
  if (tip === undefined) throw new Error("Graphviz left a line without a place");
  return { curve, tip, ...(label === "" ? {} : { label: flip(numbers(label)) }) };
}

function items(value: unknown, name: string): unknown[] {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  return Array.isArray(found) ? found : [];
}

function field(value: unknown, name: string): string {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  return typeof found === "string" ? found : "";
}

function numbers(text: string): number[] {
  return text.split(",").map(Number);
}

/** To a tenth of a pixel. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}
