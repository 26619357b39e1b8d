import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { omit } from "lodash";

const HEAD = `import { after, before, describe, test } from "node:test";\n`;

describe("the reporter of tests", () => {
  const folder = mkdtempSync(join(tmpdir(), "palisade-reporter-"));
  after(() => rmSync(folder, { recursive: true }));

  /** What it says of a file of tests. */
  function report(text: string): { status: number | null; lines: string[] } {
    const file = join(folder, "some.test.mjs");
    writeFileSync(file, HEAD + text);
    const reporter = `--test-reporter=${join(__dirname, "reporter.mjs")}`;
    const env = omit(process.env, "NODE_TEST_CONTEXT", "PALISADE_TALLY");
    const { status, stdout } = spawnSync(process.execPath, ["--test", reporter, file], {
      env,
      encoding: "utf8",
    });
    return { status, lines: stdout.trimEnd().split("\n") };
  }

  test("counts what passed, failed and was skipped, and says what was missed", () => {
    const { status, lines } = report(`
      test("good", () => {});
      test("bad", () => { throw new Error("the cause"); });
      test("not here", { skip: "no hosts" }, () => {});`);
    assert.equal(status, 1);
    assert.equal(lines.at(-1), "1 passed, 1 failed, 1 skipped");
    assert.ok(lines.some((line) => line.includes("the cause")));
    assert.ok(lines.some((line) => /SKIPPED .*not here: no hosts$/.test(line)));
  });

  test("says what a test has to tell, and nothing that it happens to print", () => {
    const { lines } = report(`
      describe("all", () => {
        test("one", (context) => { console.error("noise"); context.diagnostic("a table\\nof two lines"); });
      });`);
    assert.deepEqual(lines.slice(0, 3), ["", "a table", "of two lines"]);
    assert.doesNotMatch(lines.join("\n"), /noise|duration/);
  });

  test("says why a suite could not begin", () => {
    const { status, lines } = report(`
      describe("all", () => { before(() => { throw new Error("the cause"); }); test("one", () => {}); });`);
    assert.equal(status, 1);
    assert.ok(
      lines.some((line) => line.includes("the cause")),
      lines.join("\n"),
    );
  });

  test("a suite that does not end well is a failure, though all its tests passed", () => {
    const { status, lines } = report(`
      describe("all", () => { after(() => { throw new Error("the cause"); }); test("one", () => {}); });`);
    assert.equal(status, 1);
    assert.equal(lines.at(-1), "1 passed, 1 failed, 0 skipped");
  });

  test("a file that cannot be read is a failure", () => {
    const { status, lines } = report("this is no program");
    assert.equal(status, 1);
    assert.equal(lines.at(-1), "0 passed, 1 failed, 0 skipped");
  });
});
