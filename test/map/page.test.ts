import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { drawMap, drawPage } from "../../map/draw";
import { TODAY } from "../compiler/support/sample";
import { NO_BROWSER, Reader } from "./support/browser";
import { HOSTILE, hostileEdits } from "./support/hostile";
import { linesLeft, opacity, textOf } from "./support/look";
import { ownStack, sampleStack } from "./support/stacks";
import { ends, groupPairs, hostPairs, writtenStack } from "./support/written";

const written = writtenStack("dev", TODAY);
const groupLines = ends(groupPairs(written));
const hostLines = ends(hostPairs(written));
const dev = { ...ownStack("dev"), name: "dev" };

/** The repository's picture of the page is taken only where this names a file for it. */
const PICTURE = process.env["PALISADE_PICTURE"];

describe("the page in a browser", { skip: NO_BROWSER }, () => {
  const reader = new Reader();
  let html = "";
  before(async () => {
    html = textOf(await drawPage(dev, "group"));
    await reader.start();
  });
  after(() => reader.stop());

  test("shows every group, host and pair of the policy, and asks the network for nothing", async () => {
    const { page, complaints } = await reader.open(html);
    assert.deepEqual(await linesLeft(page, "group"), groupLines);
    assert.equal(await page.locator("#frame-group [data-line]").count(), groupLines.length);
    const boxes = new Set(groupPairs(written).flatMap(({ from, to }) => [from, to]));
    assert.equal(await page.locator("#frame-group [data-node]").count(), boxes.size);
    assert.equal(
      await page.locator("#frame-group .line.clear").count(),
      groupLines.filter((line) => line.startsWith("net:")).length,
    );
    await page.locator("#view-host").check();
    assert.ok(await page.locator("#frame-host").isVisible());
    assert.ok(await page.locator("#frame-group").isHidden());
    assert.deepEqual(await linesLeft(page, "host"), hostLines);
    assert.equal(await page.locator("#frame-host [data-node]").count(), written.hosts.length + 2);
    assert.equal(await page.locator("tr[data-rule]").count(), groupPairs(written).length);
    assert.deepEqual(complaints, []);
    await page.close();
  });

  test("filters by group, host, port and text, alone and together, and keeps it in the address", async () => {
    const { page, complaints } = await reader.open(html);
    const expect = async (view: "group" | "host", keep: (line: string) => boolean) => {
      const all = view === "group" ? groupLines : hostLines;
      const kept = all.filter(keep);
      assert.ok(kept.length > 0 && kept.length < all.length);
      assert.deepEqual(await linesLeft(page, view), kept);
      assert.match(
        (await page.locator("#found").textContent()) ?? "",
        new RegExp(`^${kept.length} of ${all.length} lines`),
      );
    };
    await page.selectOption("#filter-group", "web");
    await expect("group", (line) => line.split(" ").includes("web"));
    const dimmed = page.locator("#frame-group [data-line].out").first();
    await opacity(page, "#frame-group .line.out", "0.1");
    assert.equal(await dimmed.getAttribute("tabindex"), "-1");
    await page.locator("#clear").click();
    assert.deepEqual(await linesLeft(page, "group"), groupLines);

    await page.fill("#filter-port", "5432");
    await expect("group", (line) => line === "app db");
    assert.equal(await page.locator("tr[data-rule]:visible").count(), 0);
    await page.locator("summary").click();
    assert.deepEqual(await page.locator("tr[data-rule]:visible td:nth-child(3)").allTextContents(), [
      "db.postgres",
    ]);
    await page.fill("#filter-port", "54 32");
    assert.equal(await page.locator("#filter-port").getAttribute("aria-invalid"), "true");
    assert.match((await page.locator("#found").textContent()) ?? "", /^a port is written as/);
    await page.fill("#filter-port", "");

    await page.locator("#view-host").check();
    await page.selectOption("#filter-host", "db-1");
    await expect("host", (line) => line.split(" ").includes("db-1"));
    await page.fill("#filter-text", "postgres");
    await expect("host", (line) => /^app-\d db-1$/.test(line));
    const address = page.url();
    assert.match(address, /#view=host&host=db-1&text=postgres$/);
    await page.reload();
    await expect("host", (line) => /^app-\d db-1$/.test(line));
    assert.equal(await page.inputValue("#filter-host"), "db-1");
    assert.deepEqual(complaints, []);
    await page.close();
  });

  test("shows hostile text as text", async () => {
    const hostile = { ...sampleStack(...hostileEdits()), name: "dev" };
    const { page, complaints } = await reader.open(textOf(await drawPage(hostile, "group")));
    await page.locator('#frame-group [data-line][aria-label^="web to app,"] .label').click();
    const shown = (await page.locator("#card .description").textContent()) ?? "";
    assert.ok(shown.startsWith(HOSTILE.slice(0, 60)), shown);
    assert.equal(await page.locator("img").count(), 0);
    assert.equal(await page.locator("script").count(), 2);
    assert.deepEqual(complaints, []);
    const svg = await reader.open(textOf(await drawMap(hostile, "group", "svg")), { name: "map.svg" });
    assert.equal(await svg.page.locator("parsererror").count(), 0);
    assert.equal(await svg.page.locator(".node").count(), await page.locator("[data-node]:visible").count());
    assert.deepEqual(svg.complaints, []);
    await page.close();
    await svg.page.close();
  });

  test("opens by group where the hosts are too many, and says why", async () => {
    const hosts = [1, 2, 3, 4, 5].map(
      (index) => `    - { name: w${index}, on: aws, groups: [web], count: 100 }`,
    );
    const many = sampleStack(
      {
        file: "Pulumi.dev.yaml",
        from: "    - { name: web, on: aws, groups: [web], count: 2 }",
        to: hosts.join("\n"),
      },
      {
        file: "Pulumi.dev.yaml",
        from: "aws: 198.51.100.0/27, linode: 198.51.100.32/27",
        to: "aws: 198.51.0.0/18, linode: 198.51.100.32/27",
      },
      { file: "networks.json", from: "198.51.100.0/24", to: "198.51.0.0/16" },
    );
    const drawn = await drawPage({ ...many, name: "dev" }, "host");
    assert.ok("missing" in drawn && /^503 hosts are too many/.test(drawn.missing ?? ""));
    const { page, complaints } = await reader.open(textOf(drawn), { hash: "view=host" });
    assert.ok(await page.locator("#frame-group").isVisible());
    assert.ok(await page.locator("#view-host").isDisabled());
    assert.match(
      (await page.locator("header").innerText()) ?? "",
      /503 hosts are too many to draw one by one/,
    );
    assert.deepEqual(complaints, []);
    await page.close();
  });

  if (PICTURE !== undefined) {
    test("has its picture taken for the README", async () => {
      const { page } = await reader.open(html);
      await page.setViewportSize({ width: 1440, height: 760 });
      await page.locator('#frame-group [data-line][aria-label^="bastion to all,"] .label').hover();
      await opacity(page, "#frame-group .line:not(.lit)", "0.38");
      await page.screenshot({ path: PICTURE });
      await page.close();
    });
  }
});
