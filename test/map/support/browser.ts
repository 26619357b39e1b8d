import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where the browser is; undefined where there is none. */
export const BROWSER = [process.env["PALISADE_CHROMIUM"] ?? "", ...PLACES].find((place) => existsSync(place));

/** Why tests of the page can't run here, for node:test's `skip`. */
export const NO_BROWSER =
  BROWSER === undefined
    ? "no Chromium here, so the page was not opened; sh test/support/install.sh installs it"
    : false;

/** A page that is opened, and all that it must not do. */
export interface Opened {
  page: Page;
  /** What it wrote to the console, errors that it did not catch, and requests beyond itself. */
  complaints: string[];
}

/** How a page is opened. */
export interface Opening {
  /** After the file's address, such as `view=host`. */
  hash?: string;
  name?: string;
  colorScheme?: "light" | "dark";
}

/** Opens files in one browser that has no network. */
export class Reader {
  private readonly folder = mkdtempSync(join(tmpdir(), "palisade-map-"));
  private browser: Browser | undefined;

  async start(): Promise<void> {
    assert.ok(BROWSER !== undefined);
    this.browser = await chromium.launch({ executablePath: BROWSER });
  }

  async stop(): Promise<void> {
    await this.browser?.close();
    rmSync(this.folder, { recursive: true });
  }

  async open(
    text: string,
    { hash = "", name = "map.html", colorScheme = "light" }: Opening = {},
  ): Promise<Opened> {
    assert.ok(this.browser !== undefined);
    const file = join(this.folder, name);
    writeFileSync(file, text);
    const page = await this.browser.newPage({
      viewport: { width: 1440, height: 900 },
      colorScheme,
      offline: true,
    });
    page.setDefaultTimeout(20_000);
    const complaints: string[] = [];
    const address = pathToFileURL(file).href;
    page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(address) && url !== "data:,") complaints.push(`request: ${url}`);
    });
    await page.goto(hash === "" ? address : `${address}#${hash}`);
    return { page, complaints };
  }
}
