import { plainText } from "./escape";
import type { MapGraph, MapLine, MapNode } from "./graph";

/*
 * How large things are drawn, in CSS pixels, which are Graphviz's points here. Everything is set in a monospaced font,
 * in which a character is 0.6 of its size wide, so text is measured without a font at hand.
 */

const CHARACTER = 0.602;

export const TITLE_SIZE = 13;
export const NOTE_SIZE = 11;
export const LABEL_SIZE = 11;
export const HOST_SIZE = 11.5;

/** A box's inside, from its edge to its text. */
export const PADDING = { left: 16, right: 14, top: 9 };
export const TITLE_HEIGHT = 17;
export const NOTE_HEIGHT = 15;

/** The field of one host in a box of several. */
export const CHIP = { height: 22, gap: 5, padding: 8 };

const LEAST_WIDTH = 92;
/** Boxes of many hosts are about this much wider than high. */
const CHIPS_ASPECT = 1.7;
const MOST_LABEL_LINES = 2;
const MOST_LABEL_CHARACTERS = 26;

export interface Size {
  width: number;
  height: number;
}

/** Where the hosts of a box stand in it. */
export interface Chips {
  columns: number;
  /** Of one field. */
  width: number;
}

function textWidth(text: string, size: number): number {
  return plainText(text).length * size * CHARACTER;
}

export function chipsOf({ hosts }: MapNode): Chips {
  const width = Math.ceil(Math.max(...hosts.map((host) => textWidth(host, HOST_SIZE))) + 2 * CHIP.padding);
  const cell = { width: width + CHIP.gap, height: CHIP.height + CHIP.gap };
  const columns = Math.round(Math.sqrt((hosts.length * cell.height * CHIPS_ASPECT) / cell.width));
  return { width, columns: Math.min(hosts.length, Math.max(1, columns)) };
}

export function sizeOf(node: MapNode): Size {
  const text = Math.max(textWidth(node.title, TITLE_SIZE), textWidth(node.note, NOTE_SIZE));
  const head = PADDING.top + TITLE_HEIGHT + NOTE_HEIGHT + PADDING.top;
  const chips = node.listsHosts ? chipsOf(node) : { columns: 0, width: 0 };
  const rows = node.listsHosts ? Math.ceil(node.hosts.length / chips.columns) : 0;
  const inside = Math.max(text, chips.columns * (chips.width + CHIP.gap) - CHIP.gap);
  return {
    width: Math.max(LEAST_WIDTH, Math.ceil(inside + PADDING.left + PADDING.right)),
    height: Math.ceil(head + rows * (CHIP.height + CHIP.gap)),
  };
}

/** What stands beside a line: its services' names and ports, cut to two lines of 26 characters. */
export function labelOf(line: MapLine, { rules }: MapGraph): string[] {
  const texts = new Set(
    line.rules.flatMap((index) => {
      const rule = rules[index];
      return rule === undefined ? [] : [`${rule.service.slice(rule.to.length + 1)} ${rule.ports.join(" ")}`];
    }),
  );
  const all = [...texts].map((text) =>
    text.length > MOST_LABEL_CHARACTERS ? `${text.slice(0, MOST_LABEL_CHARACTERS - 1)}…` : text,
  );
  if (all.length <= MOST_LABEL_LINES) return all;
  return [...all.slice(0, MOST_LABEL_LINES - 1), `and ${all.length - MOST_LABEL_LINES + 1} more`];
}
