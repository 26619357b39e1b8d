import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { prepareScript } from "../../components/host-scripts";

const PROJECT = join(__dirname, "..", "..");
const missing =
  spawnSync("shellcheck", ["--version"]).error === undefined ? undefined : "not installed: shellcheck";

function inFolder(...folder: string[]): string[] {
  return readdirSync(join(PROJECT, ...folder)).map((name) => join(PROJECT, ...folder, name));
}

describe("scripts", () => {
  const temporary = mkdtempSync(join(tmpdir(), "palisade-"));
  after(() => rmSync(temporary, { recursive: true }));
  const whole = join(temporary, "prepare-whole.sh");
  writeFileSync(whole, `# shellcheck shell=sh\n${prepareScript("web-1.dev.palisade")}`);

  const scripts = [
    join(PROJECT, "host", "palisade-host"),
    join(PROJECT, "host", "prepare.sh"),
    join(PROJECT, "host", "checks.sh"),
    ...inFolder("host", "lib"),
    whole,
    join(__dirname, "support", "setup.sh"),
    join(__dirname, "support", "step"),
    ...inFolder("test", "host", "support", "fakes"),
  ];
  for (const script of scripts) {
    test(
      `shellcheck has nothing to say of ${script.slice(script.lastIndexOf("/") + 1)}`,
      { skip: missing },
      () => {
        const { status, stdout } = spawnSync("shellcheck", ["-s", "sh", script], { encoding: "utf8" });
        assert.equal(status, 0, stdout);
      },
    );
  }
});
