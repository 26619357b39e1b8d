import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { FAULTS } from "../lab/support/faults";
import { PAGES, readRows, withFigures } from "./support/figures";

/** The docs tell what `make test-faults` measured last, in docs/faults.json, and nothing that was written by hand. */
describe("the figures of the docs", () => {
  for (const page of PAGES) {
    test(`${page.replace(/.*\//, "")} has those of docs/faults.json (make figures writes them)`, async () => {
      const text = readFileSync(page, "utf8");
      assert.match(text, /<!-- (all faults|fault: .+?) -->/, "it has figures");
      assert.equal(await withFigures(text, readRows()), text);
    });
  }

  test("are of all faults there are, at least 40, each as promised, with no packet in clear", () => {
    const rows = readRows();
    assert.deepEqual(
      rows.map(({ fault }) => fault),
      FAULTS.map(({ name }) => name),
    );
    assert.ok(rows.length >= 40);
    const broken = rows.filter(({ recovered, within, clear }) => recovered > within || clear > 0);
    assert.deepEqual(broken, []);
  });

  test("a fault that was not played can't be told of", async () => {
    await assert.rejects(withFigures("<!-- fault: rain -->1 s<!-- end -->", readRows()), /no fault "rain"/);
  });
});
