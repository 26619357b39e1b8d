import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Checkout } from "./support/checkout";

/** Bad input, refused by every command before anything is made; needs neither root nor a lab. */
describe("a policy and a stack that are wrong", () => {
  let checkout: Checkout;
  before(() => {
    checkout = new Checkout();
    checkout.edit("policy/groups.json", '"from": ["web"]', '"from": ["webb"]');
    checkout.edit("policy/people.json", '"uid": 10002', '"uid": 10001');
    checkout.edit("Pulumi.dev.yaml", "name: app-2, on: linode", "name: app-1, on: linode");
    checkout.edit("Pulumi.dev.yaml", "aws: 198.51.100.0/27", "aws: 198.51.100.1/27");
  });
  after(() => checkout.remove());

  for (const args of [
    ["check", "--stack", "dev"],
    ["render", "--stack", "dev", "--out", "out"],
    ["flows", "--stack", "dev"],
    ["lab", "preview"],
    ["lab", "up"],
  ]) {
    test(`palisade ${args.join(" ")} names every problem with file, line and path, and makes nothing`, async () => {
      const { code, stdout, stderr } = await checkout.palisade(args);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /policy\/groups\.json:\d+:\d+: groups\.app\.services\.api\.from\[0\]: .*"webb".*"web"/,
      );
      assert.match(stderr, /policy\/people\.json:\d+:\d+: people\.bob\.uid: .*10001/);
      assert.match(stderr, /Pulumi\.dev\.yaml:\d+:\d+: palisade:hosts\[3\]\.name: .*"app-1"/);
      assert.match(stderr, /Pulumi\.dev\.yaml:\d+:\d+: palisade:subnets\.aws: .*198\.51\.100\.0\/27/);
      assert.doesNotMatch(stdout + stderr, /\n {4}at /, "no stack trace");
      assert.equal(existsSync(join(checkout.folder, "out")), false);
      assert.equal(existsSync(join(checkout.folder, ".lab", "test", "hosts")), false, "no host was touched");
    });
  }

  test("a stack that is not there is refused with the names of those that are", async () => {
    const { code, stderr } = await checkout.palisade(["lab", "up", "--stack", "stage"]);
    assert.equal(code, 1);
    assert.match(stderr, /Pulumi\.stage\.yaml is missing \(stacks here: dev, prod\)/);
  });
});
