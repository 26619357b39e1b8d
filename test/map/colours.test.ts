import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DARK, GROUP_COLOURS, LIGHT, type ColourName, type Colours } from "../../map/colours";

/** Relative luminance, 0 to 1 (WCAG 2.2). */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** Success criteria 1.4.3 (text) and 1.4.11 (what must be seen to understand). */
const [TEXT, GRAPHIC] = [4.5, 3];

const NEEDED: [ColourName, ColourName, number][] = [
  ...(["ground", "surface", "box", "chip"] as const).map((ground) => ["text", ground, TEXT] as const),
  ...(["ground", "surface", "box"] as const).map((ground) => ["muted", ground, TEXT] as const),
  ...(["ground", "surface", "box"] as const).map((ground) => ["ipsec", ground, TEXT] as const),
  ...(["ground", "surface", "box"] as const).map((ground) => ["clear", ground, TEXT] as const),
  ...(["ground", "surface", "box"] as const).map((ground) => ["edge", ground, GRAPHIC] as const),
  ...(["ground", "surface", "box"] as const).map((ground) => ["focus", ground, GRAPHIC] as const),
  ["surface", "focus", TEXT] as const,
].map(([a, b, least]) => [a, b, least]);

const modes: [string, Colours][] = [
  ["light", LIGHT],
  ["dark", DARK],
];

for (const [mode, colours] of modes) {
  describe(`contrast in ${mode}`, () => {
    for (const [a, b, least] of NEEDED) {
      test(`${a} on ${b}`, () => {
        const found = contrast(colours[a], colours[b]);
        assert.ok(found >= least, `${found.toFixed(2)}, and ${least} is needed`);
      });
    }
    for (const colour of GROUP_COLOURS) {
      test(`the stripe ${colour} on a box`, () => {
        const found = contrast(colour, colours.box);
        assert.ok(found >= GRAPHIC, found.toFixed(2));
      });
    }
  });
}
