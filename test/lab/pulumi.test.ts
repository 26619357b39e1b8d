import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { pulumiOnPath } from "../../lab/deploy/engine";
import { Checkout } from "./support/checkout";
import { isUp, verified } from "./support/stacks";
import { cannotRunLab } from "./support/test-lab";

const skip =
  cannotRunLab ||
  (pulumiOnPath() === undefined
    ? "pulumi is not on PATH: the program was NOT tried with the real engine, only with the stand-in"
    : false);

/** What stack.test.ts shows with the stand-in, in short, with the real command and the same providers. */
describe("the dev stack with the real pulumi", { skip }, () => {
  let checkout: Checkout;
  before(() => {
    checkout = new Checkout();
  });
  after(() => checkout.remove());

  test("up brings it up, and every connection is as the policy says", async () => {
    const result = await isUp(checkout);
    assert.match(result.stderr, /Bringing up dev with pulumi/);
    await verified(checkout);
  });

  test("a preview after it has no changes", async () => {
    const { code, stdout, stderr } = await checkout.palisade(["lab", "preview"]);
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /Resources:\s+\d+ unchanged\s*(Policy Packs run:\s+Name +Version\s+palisade\S* +\S+\s*)?$/,
    );
  });

  test("a wider policy changes one host, and its preview shows the rule", async () => {
    checkout.edit("policy/groups.json", '"ports": ["5432/tcp"]', '"ports": ["5432/tcp", "5433/tcp"]');
    const preview = await checkout.palisade(["lab", "preview"]);
    assert.match(preview.stdout, /-A PALISADE-IN -p tcp -m tcp --dport 5433/);
    assert.match(preview.stdout, /~ 2 to update/);
    const result = await isUp(checkout);
    assert.match(result.stdout, /~ 2 updated/);
  });
});
