/**
 * The program under the lab's engine, which speaks to it as Pulumi's does, with clouds that check every input and boot
 * nothing, and with hosts that answer at once.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { PROJECT } from "../../lab/deploy/session";
import { engineConfig } from "../../lab/deploy/stack-config";
import { run, type EngineResult, type EngineRun } from "../../lab/engine";
import { stackConfig } from "./program";

const problems = ({ errors, failed, violations }: EngineResult) =>
  JSON.stringify({ errors, failed, violations }, null, 2);

for (const stack of ["dev", "prod"]) {
  describe(`${stack} under the stand-in`, () => {
    let folder = "";
    before(() => {
      folder = mkdtempSync(join(tmpdir(), "palisade-stand-in-"));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    function engine(
      operation: EngineRun["operation"],
      changes: Record<string, unknown> = {},
    ): Promise<EngineResult> {
      const env = { PALISADE_LAB: "stand-in", PALISADE_LAB_DIR: folder, PALISADE_LAB_MACHINES: "none" };
      const plugin = (...parts: string[]) => ({ command: [process.execPath, join(PROJECT, ...parts)], env });
      return run({
        ...{ operation, stack, projectDir: PROJECT, project: "palisade" },
        config: engineConfig({ ...stackConfig(stack), ...changes }),
        secretKeys: ["palisade:secret"],
        stateFile: join(folder, `${stack}.json`),
        passphrase: "stand-in",
        providers: {
          aws: plugin("lab", "clouds", "aws"),
          linode: plugin("lab", "clouds", "linode"),
          command: plugin("bench", "preview", "hosts"),
        },
        policyPacks: [join(PROJECT, "policy", "guardrails")],
        onEvent: () => undefined,
      });
    }

    test("previews and comes up as previewed, with every input that the clouds and the guardrails want", async () => {
      const preview = await engine("preview");
      assert.ok(preview.ok, problems(preview));
      const up = await engine("up");
      assert.ok(up.ok, problems(up));
      assert.deepEqual(up.changes, preview.changes);
    });

    test("has nothing to do a second time", async () => {
      const again = await engine("up");
      assert.ok(again.ok, problems(again));
      const { same, ...others } = again.changes;
      assert.ok(same > 0);
      assert.deepEqual(new Set(Object.values(others)), new Set([0]));
    });

    test("comes down once it is not protected any more, and not before", async () => {
      if (stack === "prod") {
        const refused = await engine("destroy");
        assert.ok(!refused.ok);
        assert.match(problems(refused), /it is protected/);
        const lifted = await engine("up", { "palisade:protect": false });
        assert.ok(lifted.ok, problems(lifted));
      }
      const down = await engine("destroy");
      assert.ok(down.ok, problems(down));
    });
  });
}
