import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { onPath } from "../../lab/pulumi/on-path";
import { Checkout } from "../lab/support/checkout";
import { TRIALS } from "./support/trials";

const pulumi = onPath("pulumi");
// The engine that the lab builds has only the commands that the lab needs, and no login.
const isWhole = pulumi !== undefined && spawnSync(pulumi, ["login", "--help"]).status === 0;
const skip = isWhole
  ? false
  : "a released pulumi is not on PATH: the commands of the docs were NOT tried with it";

/** Commands of the docs that need a backend, and no cloud: with a released `pulumi`, in a backend of the test's own. */
describe("a command of the docs for pulumi", { skip }, () => {
  let checkout: Checkout;
  // A login is remembered here, and not in the home of who runs the test.
  const home = mkdtempSync(join(tmpdir(), "palisade-pulumi-"));
  before(async () => {
    checkout = new Checkout({
      PULUMI_HOME: home,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_CONFIRMATIONS: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    });
    const { code, stderr } = await checkout.shell(
      'mkdir backend && pulumi login "file://$PWD/backend" && rm Pulumi.dev.yaml && pulumi stack init prod-ap-south',
    );
    assert.equal(code, 0, stderr);
  });
  after(async () => {
    await checkout.remove();
    rmSync(home, { recursive: true });
  });

  const inOrder = (["empty", "stack"] as const).flatMap((state) =>
    [...TRIALS].flatMap(([text, trial]) =>
      trial.kind === "account" && trial.backend === state ? [text] : [],
    ),
  );
  for (const command of inOrder) {
    test(command, async () => {
      // The new passphrase is asked for: the same again, so that what comes after goes on.
      const typed = command.endsWith(" passphrase") ? `echo test | ${command}` : command;
      const { code, stdout, stderr } = await checkout.shell(typed);
      assert.equal(code, 0, stdout + stderr);
    });
  }
});
