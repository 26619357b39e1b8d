/** What a drawing and a page are coloured with; `map.test.ts` holds each to the contrast that it needs (WCAG 2.2). */
export type ColourName =
  "ground" | "surface" | "box" | "chip" | "edge" | "grid" | "text" | "muted" | "ipsec" | "clear" | "focus";

export type Colours = Readonly<Record<ColourName, string>>;

export const LIGHT: Colours = {
  ground: "#f5f7fa",
  surface: "#ffffff",
  box: "#ffffff",
  chip: "#eef1f6",
  edge: "#7c899e",
  grid: "#d9dfe8",
  text: "#1b2430",
  muted: "#546174",
  ipsec: "#0b7a6d",
  clear: "#b34700",
  focus: "#2456d6",
};

export const DARK: Colours = {
  ground: "#0e131a",
  surface: "#161d27",
  box: "#1b2430",
  chip: "#2a3544",
  edge: "#6f7f95",
  grid: "#2a3442",
  text: "#e8edf4",
  muted: "#a3b0c2",
  ipsec: "#37c9b4",
  clear: "#ff9d5c",
  focus: "#84aaff",
};

/** Beside a group's boxes, so that its hosts are found at a glance; names say the same. The same in light and dark. */
export const GROUP_COLOURS = [
  "#4c7dd9",
  "#c2649a",
  "#8f9a2e",
  "#8a67d6",
  "#2f9c6a",
  "#cf6a4a",
  "#3e97b8",
  "#b58a2b",
] as const;

/** Custom properties of CSS: `--ground:#f5f7fa;…` */
export function properties(colours: Colours): string {
  return Object.entries(colours)
    .map(([name, value]) => `--${name}:${value}`)
    .join(";");
}

/** The rules that colour the stripe of each group. */
export function groupRules(): string {
  return GROUP_COLOURS.map((colour, index) => `.stripe.g${index}{fill:${colour}}`).join("\n");
}
