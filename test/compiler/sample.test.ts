import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { checkAddresses, planAddresses } from "../../compiler/decide/addresses";
import { decide } from "../../compiler/decide/decide";
import { describeSudo } from "../../compiler/decide/sudo";
import type { Stack } from "../../compiler/load/stack";
import { formatProblem } from "../../compiler/problem";
import { readStack } from "../../compiler/read";
import { TODAY } from "./support/sample";

function load(name: string): Stack {
  const checked = readStack(join(__dirname, "..", ".."), name, TODAY);
  assert.deepEqual(checked.problems.map(formatProblem), []);
  assert.ok(checked.ok);
  return checked.value;
}

for (const name of ["dev", "prod"]) {
  test(`the sample stack ${name} is right, and all its peers reach each other`, () => {
    const { policy, inventory } = load(name);
    const model = decide(policy, inventory, TODAY);
    assert.deepEqual(checkAddresses(model, planAddresses(inventory).book, name), []);
    assert.equal(inventory.environment, name);
  });
}

test("the sample stacks differ in who may log in", () => {
  const sudo = (name: string) => {
    const { policy, inventory } = load(name);
    const host = decide(policy, inventory, TODAY).hosts.get("db-1");
    return host?.accounts.map((account) =>
      [account.person.name, describeSudo(account.sudo)].join(" ").trim(),
    );
  };
  assert.deepEqual(sudo("dev"), ["alice sudo", "bob sudo", "heidi sudo", "ivan sudo"]);
  const limited = 'sudo for "/usr/bin/systemctl reload postgresql", "/usr/bin/systemctl restart postgresql"';
  assert.deepEqual(sudo("prod"), ["alice sudo", "bob sudo", `heidi ${limited}`, `ivan ${limited}`]);
});
