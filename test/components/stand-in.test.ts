/**
 * The program under the stand-in and the lab's clouds, which take what the real ones take: no machine is booted for a
 * preview, so this needs no lab.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { PARALLEL } from "../../lab/deploy/engine";
import { engineConfig } from "../../lab/deploy/stack-config";
import { GUARDRAILS, PROJECT } from "../../lab/deploy/session";
import { TestStack } from "../engine/harness";
import { stackConfig } from "./program";

for (const name of ["dev", "prod"]) {
  test(`${name}: clouds and guardrails find nothing wrong in a preview`, async () => {
    const stack = new TestStack(name);
    try {
      const env = { PALISADE_LAB_DIR: stack.folder, PALISADE_LAB: "none" };
      const cloud = (folder: string) => ({
        command: [process.execPath, join(PROJECT, "lab", "clouds", folder)],
        env,
      });
      const { ok, errors, failed, events } = await stack.preview([], {
        projectDir: PROJECT,
        project: "palisade",
        config: engineConfig(stackConfig(name)),
        secretKeys: ["palisade:secret"],
        policyPacks: [GUARDRAILS],
        providers: { aws: cloud("aws"), linode: cloud("linode") },
        parallel: PARALLEL,
      });
      assert.deepEqual([errors, failed], [[], []]);
      assert.equal(ok, true);
      const violations = events.filter(({ kind }) => kind === "violation");
      assert.deepEqual(violations, []);
    } finally {
      stack.remove();
    }
  });
}
