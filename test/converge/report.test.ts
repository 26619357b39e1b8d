import assert from "node:assert/strict";
import { test } from "node:test";
import { asJson, isWhole, Progress, summary } from "../../converge/report";
import type { Convergence } from "../../converge/types";

const RESULT: Convergence = {
  passes: 2,
  stacks: [
    { name: "us", converged: true, updates: 2, changes: 53, failures: [] },
    {
      name: "eu",
      converged: false,
      updates: 1,
      changes: 3,
      failures: ["eu-1-firewall: did not answer\nat all"],
    },
    { name: "ap", converged: false, updates: 0, changes: 0, failures: ["no such backend"] },
  ],
};
const MISSING = new Map([["sa", "there is no Pulumi.sa.yaml"]]);

test("the summary has a row a stack, and every failure with its stack", () => {
  const text = summary(RESULT, MISSING);
  for (const row of [
    /us +│ converged +│ 2 +│ 53/,
    /eu +│ failed +│ 1 +│ 3/,
    /ap +│ not begun +│ 0 +│ 0/,
    /sa +│ missing/,
  ]) {
    assert.match(text, row);
  }
  assert.match(text, /^1 of 4 stacks converged in 2 passes\.$/m);
  assert.match(text, /^FAILED eu: eu-1-firewall: did not answer\n {4}at all$/m);
  assert.match(text, /^MISSING sa: there is no Pulumi\.sa\.yaml$/m);
});

test("it is whole only where all converged and none is missing", () => {
  const fine = { passes: 1, stacks: RESULT.stacks.slice(0, 1) };
  assert.equal(isWhole(fine, new Map()), true);
  assert.equal(isWhole(fine, MISSING), false);
  assert.equal(isWhole(RESULT, new Map()), false);
});

test("JSON holds the same", () => {
  assert.deepEqual(asJson(RESULT, MISSING), { ...RESULT, missing: { sa: "there is no Pulumi.sa.yaml" } });
});

test("progress says each pass and result, and only now and then what is under way", () => {
  const told: string[] = [];
  let time = 0;
  const progress = new Progress(
    (text) => told.push(text),
    false,
    () => time,
  );
  progress.pass(1, ["us", "eu"]);
  progress.line("us", "+ us-1-firewall created");
  time = 20_000;
  progress.line("us", "+ us-1-ipsec created");
  progress.line("us", "+ us-2-ipsec created");
  progress.updated("us", { ok: true, changes: 1, failures: [] }, 21);
  progress.updated("eu", { ok: false, changes: 0, failures: ["a", "b"] }, 22.04);
  progress.pass(2, ["us"]);
  assert.deepEqual(told, [
    "Pass 1: us, eu.\n",
    "  us: under way: + us-1-ipsec created\n",
    "  us: 1 change (21.0 s)\n",
    "  eu: no changes, 2 failures (22.0 s)\n",
    "Pass 2: us, which read what has changed since.\n",
  ]);
});

test("verbose progress passes on every line", () => {
  const told: string[] = [];
  const progress = new Progress((text) => told.push(text), true);
  progress.pass(1, ["us"]);
  for (const line of ["+ one", "", "~ two"]) progress.line("us", line);
  assert.deepEqual(told.slice(1), ["  us: + one\n", "  us: ~ two\n"]);
});
