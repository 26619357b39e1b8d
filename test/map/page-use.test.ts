import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { drawPage } from "../../map/draw";
import { NO_BROWSER, Reader } from "./support/browser";
import { textOf, valueOf, widthAtRest } from "./support/look";
import { ownStack } from "./support/stacks";

const dev = { ...ownStack("dev"), name: "dev" };

const BOX = "#frame-group .node .box";

describe("the page in a reader's hands", { skip: NO_BROWSER }, () => {
  const reader = new Reader();
  let html = "";
  before(async () => {
    html = textOf(await drawPage(dev, "group"));
    await reader.start();
  });
  after(() => reader.stop());

  test("tells the rule under the pointer, keeps it at a click, and lets it go", async () => {
    const { page } = await reader.open(html);
    const card = page.locator("#card");
    assert.ok(await card.isHidden());
    const line = page.locator('#frame-group [data-line][aria-label^="app to db,"]');
    await line.locator(".label").hover();
    const text = (await card.innerText()).replace(/\s+/g, " ");
    assert.match(text, /app → db IPsec db\.postgres 5432\/tcp/);
    assert.match(text, /groups\.db\.services\.postgres\.from\[0\] policy\/groups\.json:\d+:\d+/);
    assert.match(text, /from 2 hosts: app-1 app-2 to 1 host: db-1/);
    await page.mouse.move(5, 400);
    assert.ok(await card.isHidden());
    await line.locator(".label").click();
    await page.mouse.move(5, 400);
    assert.ok(await card.isVisible());
    await page.keyboard.press("Escape");
    assert.ok(await card.isHidden());
    await page.close();
  });

  test("is used by keyboard alone", async () => {
    const { page } = await reader.open(html);
    const node = page.locator('#frame-group [data-node][aria-label^="group web"]');
    await node.focus();
    await page.keyboard.press("Tab");
    assert.ok(!(await page.locator("#card").innerText()).startsWith("web"));
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    const text = (await page.locator("#card").innerText()).replace(/\s+/g, " ");
    assert.match(
      text,
      /web .*Serves the site to the world\. .*hosts web-1 web-2 reaches app reached by monitor net:internet/,
    );
    await page.keyboard.press("Escape");
    assert.ok(await page.locator("#card").isHidden());
    const first = await widthAtRest(page, BOX);
    await page.keyboard.press("+");
    assert.ok((await widthAtRest(page, BOX)) > first * 1.1);
    const { x = 0 } = (await node.boundingBox()) ?? {};
    await page.keyboard.press("ArrowRight");
    await widthAtRest(page, BOX);
    assert.ok(Math.abs(((await node.boundingBox())?.x ?? 0) - (x - 60)) < 2);
    await page.close();
  });

  test("enlarges by wheel and buttons, is dragged, and fits again", async () => {
    const { page } = await reader.open(html);
    const place = async () => (await page.locator(BOX).first().boundingBox())?.x ?? 0;
    const first = await widthAtRest(page, BOX);
    await page.mouse.move(700, 450);
    await page.mouse.wheel(0, -400);
    const zoomed = await widthAtRest(page, BOX);
    assert.ok(zoomed > first * 1.1, `${first} became ${zoomed}`);
    await page.locator("#zoom-out").click();
    assert.ok((await widthAtRest(page, BOX)) < zoomed);
    const x = await place();
    await page.mouse.move(700, 300);
    await page.mouse.down();
    await page.mouse.move(640, 300, { steps: 4 });
    await page.mouse.up();
    await widthAtRest(page, BOX);
    assert.ok(Math.abs((await place()) - (x - 60)) < 2);
    await page.locator("#zoom-fit").click();
    assert.ok(Math.abs((await widthAtRest(page, BOX)) - first) < 1);
    await page.close();
  });

  test("is light or dark as the reader prefers, or as the button says", async () => {
    const ground = (page: Page) => valueOf(page, "getComputedStyle(document.body).backgroundColor");
    const line = (page: Page) =>
      valueOf(page, 'getComputedStyle(document.querySelector(".line.clear")).color');
    const light = await reader.open(html);
    const dark = await reader.open(html, { colorScheme: "dark" });
    const [lightGround, darkGround] = [await ground(light.page), await ground(dark.page)];
    assert.notEqual(lightGround, darkGround);
    assert.notEqual(await line(light.page), await line(dark.page));
    await dark.page.locator("#theme").click();
    assert.equal(await ground(dark.page), lightGround);
    await light.page.locator("#theme").click();
    await light.page.locator("#theme").click();
    assert.equal(await ground(light.page), darkGround);
    assert.match(light.page.url(), /#theme=dark$/);
    assert.deepEqual([...light.complaints, ...dark.complaints], []);
    await light.page.close();
    await dark.page.close();
  });

  test("prints light, with its table, whatever the screen shows", async () => {
    const { page } = await reader.open(html, { colorScheme: "dark" });
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    assert.equal(
      await valueOf(page, 'getComputedStyle(document.documentElement).getPropertyValue("--ground")'),
      "#f5f7fa",
    );
    assert.ok(await page.locator("#filters").isHidden());
    await valueOf(page, 'dispatchEvent(new Event("beforeprint"))');
    assert.ok(await page.locator("tr[data-rule]").first().isVisible());
    await page.close();
  });
});
