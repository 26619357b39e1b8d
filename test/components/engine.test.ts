/** The program under the engine, with clouds that check every input and boot nothing, and hosts that answer at once. */
import assert from "node:assert/strict";
import { omit } from "lodash";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { GUARDRAILS, PROJECT } from "../../lab/deploy/session";
import { ScratchStack, type Run } from "../support/pulumi";
import { stackConfig } from "./program";

const SECRET = "palisade:secret";
const HOSTS = join(PROJECT, "bench", "preview", "hosts");

function isOk(run: Run): void {
  assert.ok(run.ok, run.text);
}

for (const name of ["dev", "prod"]) {
  describe(`${name} under the engine`, () => {
    let stack: ScratchStack;
    const configure = async (changes: Record<string, unknown> = {}): Promise<void> => {
      const config = { ...stackConfig(name), ...changes };
      await stack.configure(omit(config, SECRET), { [SECRET]: String(config[SECRET]) });
    };
    const run = (operation: "preview" | "up" | "destroy"): Promise<Run> =>
      stack.run(operation, { packs: operation === "destroy" ? [] : [GUARDRAILS] });

    before(async () => {
      stack = await ScratchStack.open({ name, providers: { command: HOSTS } });
      await configure();
    });
    after(() => stack.remove());

    test("previews and comes up as previewed, with every input that the clouds and the guardrails want", async () => {
      const preview = await run("preview");
      isOk(preview);
      const up = await run("up");
      isOk(up);
      assert.deepEqual(up.changes, preview.changes);
    });

    test("has nothing to do a second time", async () => {
      const again = await run("up");
      isOk(again);
      const { same = 0, ...others } = again.changes ?? {};
      assert.ok(same > 0);
      assert.deepEqual(new Set(Object.values(others)), new Set([0]));
    });

    test("comes down once it is not protected any more, and not before", async () => {
      if (name === "prod") {
        const refused = await run("destroy");
        assert.ok(!refused.ok);
        assert.match(JSON.stringify(refused.failed), /protected/);
        await configure({ "palisade:protect": false });
        isOk(await run("up"));
      }
      isOk(await run("destroy"));
    });
  });
}
