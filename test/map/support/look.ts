import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { Drawn } from "../../../map/draw";
import { ends } from "./written";

/** Milliseconds for what takes a moment in a browser. */
const PATIENCE = 10_000;

/** A drawing's text. */
export function textOf(drawn: Drawn): string {
  assert.ok("text" in drawn);
  return drawn.text;
}

/** `from to` of the lines of a view that are left, by what each says of itself. */
export async function linesLeft(page: Page, view: "group" | "host"): Promise<string[]> {
  const lines = await page.locator(`#frame-${view} [data-line]:not(.out)`).all();
  const labels = await Promise.all(lines.map((line) => line.getAttribute("aria-label")));
  const pairs = labels.map((label) => {
    const [, from = "", to = ""] = /^(\S+) to (\S+), /.exec(label ?? "") ?? [];
    const [, self = ""] = /^among the hosts of (\S+), /.exec(label ?? "") ?? [];
    return self === "" ? { from, to } : { from: self, to: self };
  });
  return ends(pairs);
}

/** The value of an expression within the page. */
export async function valueOf(page: Page, expression: string): Promise<string> {
  return String(await page.evaluate<unknown>(expression));
}

/** The same for ten frames: an animation that has come to rest. */
export async function widthAtRest(page: Page, selector: string): Promise<number> {
  const measure = `document.querySelector("${selector}").getBoundingClientRect()`;
  let [last, same] = ["", 0];
  while (same < 10) {
    const now = await valueOf(
      page,
      `new Promise((done) => requestAnimationFrame(() => { const { x, width } = ${measure}; done(x + " " + width); }))`,
    );
    same = now === last ? same + 1 : 0;
    last = now;
  }
  return Number(last.split(" ")[1]);
}

/** Waits until what is first of its kind is so opaque. */
export async function opacity(page: Page, selector: string, wanted: string): Promise<void> {
  const expression = `getComputedStyle(document.querySelector("${selector}")).opacity`;
  const end = Date.now() + PATIENCE;
  while ((await valueOf(page, expression)) !== wanted) {
    assert.ok(Date.now() < end, `${selector} is not ${wanted} opaque`);
  }
}
