import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { ownJson } from "../../../lab/deploy/own-data";
import type { Row } from "../../lab/support/faults/fault";

const DOCS = join(__dirname, "..", "..", "..", "docs");
/** What `make test-faults` saw. */
export const ROWS_FILE = join(DOCS, "faults.json");
/** The pages with figures of it. */
export const PAGES = ["security.md", "operations.md"].map((name) => join(DOCS, name));

const TABLE = /(<!-- all faults -->)[\s\S]*?(<!-- end -->)/g;
const ONE = /(<!-- fault: (.+?) -->)[^<]*(<!-- end -->)/g;

const seconds = (value: number): string => `${value.toFixed(1)} s`;

/** The rows as Markdown. */
export function markdownTable(rows: readonly Row[]): string {
  const head =
    "| fault | promised | within | measured | packets lost | packets in clear |\n|---|---|---|---|---|---|\n";
  return head.concat(
    ...rows.map(
      ({ fault, promise, within, recovered, lost, clear }) =>
        `| ${fault} | ${promise} | ${within} s | ${seconds(recovered)} | ${lost} | ${clear} |\n`,
    ),
  );
}

/**
 * A page with its figures: the whole table between `<!-- all faults -->` and `<!-- end -->`, and the seconds of one
 * fault between `<!-- fault: NAME -->` and `<!-- end -->`.
 * @throws if the page names a fault that was not played
 */
export async function withFigures(page: string, rows: readonly Row[]): Promise<string> {
  const text = page
    .replace(TABLE, (_, begin: string, end: string) => `${begin}\n\n${markdownTable(rows)}\n${end}`)
    .replace(ONE, (_, begin: string, name: string, end: string) => {
      const row = rows.find(({ fault }) => fault === name);
      if (row === undefined) throw new Error(`no fault "${name}" was played`);
      return `${begin}${seconds(row.recovered)}${end}`;
    });
  return format(text, { ...(await resolveConfig(join(DOCS, "security.md"))), parser: "markdown" });
}

export function readRows(): Row[] {
  return ownJson<Row[]>(readFileSync(ROWS_FILE, "utf8"));
}

async function main(): Promise<void> {
  const rows = readRows();
  for (const page of PAGES) writeFileSync(page, await withFigures(readFileSync(page, "utf8"), rows));
}

if (require.main === module) void main();
