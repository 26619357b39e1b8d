import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync, mkdirSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ownJson } from "../../lab/deploy/own-data";
import type { Convergence } from "../../converge/types";
import { findEngine } from "../support/pulumi";
import { releaseOnPath } from "../support/release";

const PROJECT = join(__dirname, "..", "..");
const SECRET = Buffer.alloc(32, 5).toString("base64");

/** Two regions without hosts: what they register is nothing, what they export and read of each other is all there. */
function stackText(region: string, other: string): string {
  return `config:
  palisade:environment: prod
  palisade:region: ${region}
  palisade:regionStacks: [prod-${other}]
  palisade:hosts: []
  palisade:failsafe: [203.0.113.0/28]
  palisade:certificateEpoch: "2026-11-01"
`;
}

describe("converge by the Automation API", () => {
  let folder = "";
  let environment: NodeJS.ProcessEnv = {};

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "palisade-converge-"));
    for (const name of [
      "compiler",
      "components",
      "host",
      "policy",
      "index.ts",
      "package.json",
      "tsconfig.json",
    ])
      cpSync(join(PROJECT, name), join(folder, name), { recursive: true });
    cpSync(join(PROJECT, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
    symlinkSync(join(PROJECT, "node_modules"), join(folder, "node_modules"));
    mkdirSync(join(folder, "backend"));
    environment = {
      ...process.env,
      PATH: releaseOnPath(join(folder, "bin"), await findEngine(folder)),
      PULUMI_HOME: join(folder, "home"),
      PULUMI_BACKEND_URL: `file://${join(folder, "backend")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      NO_COLOR: "1",
    };
    for (const [region, other] of [
      ["us-east", "eu-central"],
      ["eu-central", "us-east"],
    ] as const) {
      writeFileSync(join(folder, `Pulumi.prod-${region}.yaml`), stackText(region, other));
      pulumi("stack", "init", `prod-${region}`);
      pulumi("config", "set", "--secret", "palisade:secret", SECRET, "--stack", `prod-${region}`);
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function pulumi(...argv: string[]): string {
    const { status, stdout, stderr } = spawnSync("pulumi", [...argv, "--non-interactive"], {
      ...{ cwd: folder, env: environment, encoding: "utf8" },
    });
    assert.equal(status, 0, stderr);
    return stdout;
  }

  function converge(...argv: string[]): { code: number | null; stdout: string; stderr: string } {
    const palisade = join(PROJECT, "cli", "palisade.mjs");
    const { status, stdout, stderr } = spawnSync(process.execPath, [palisade, "converge", ...argv], {
      ...{ cwd: folder, env: environment, encoding: "utf8" },
    });
    return { code: status, stdout, stderr };
  }

  test("regions that lack a secretId are told so, each by its own failure, and nothing is deployed", () => {
    const { code, stdout } = converge("--json", "prod-us-east", "prod-eu-central");
    assert.equal(code, 1);
    const { stacks } = ownJson<Convergence>(stdout);
    assert.equal(stacks.length, 2);
    for (const { converged, failures } of stacks) {
      assert.equal(converged, false);
      assert.match(failures.join("\n"), /pulumi config set --plaintext palisade:secretId/);
    }
  });

  test("regions that refer to each other come up, and a second time nothing changes", () => {
    for (const region of ["us-east", "eu-central"]) {
      const message = converge("--json", `prod-${region}`).stdout;
      const id = /palisade:secretId ([0-9a-f]{16})/.exec(message)?.[1] ?? "";
      pulumi("config", "set", "--plaintext", "palisade:secretId", id, "--stack", `prod-${region}`);
    }
    const { code, stdout, stderr } = converge("--json", "prod-us-east", "prod-eu-central");
    assert.equal(code, 0, stdout + stderr);
    const first = ownJson<Convergence>(stdout);
    assert.equal(first.passes, 2);
    assert.ok(first.stacks.every(({ converged }) => converged));
    const again = ownJson<Convergence>(converge("--json", "prod-us-east", "prod-eu-central").stdout);
    assert.deepEqual([again.passes, ...again.stacks.map(({ changes }) => changes)], [1, 0, 0]);
    assert.match(
      pulumi("stack", "output", "regionStacks", "--stack", "prod-us-east"),
      /prod-eu-central.*prod/,
    );
  });

  test("a missing stack stops no other", () => {
    const { code, stdout } = converge("prod-us-east", "prod-eu-centrl");
    assert.equal(code, 1);
    assert.match(stdout, /1 of 2 stacks converged in 1 pass\./);
    assert.match(stdout, /MISSING prod-eu-centrl: there is no Pulumi\.prod-eu-centrl\.yaml.*prod-eu-central/);
  });
});
