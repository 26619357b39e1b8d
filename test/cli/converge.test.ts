import assert from "node:assert/strict";
import { test } from "node:test";
import { stack } from "../compiler/support/cases";
import { palisade, project } from "./support/project";

test("converge without a stack is misused, and its help has examples", () => {
  assert.equal(palisade(project(), "converge").status, 2);
  const { status, stdout } = palisade(project(), "converge", "--help");
  assert.equal(status, 0);
  assert.match(stdout, /^ {2}palisade converge prod-us-east prod-eu-central$/m);
});

test("stacks that are wrong are told whole, and none is touched", () => {
  const { status, stdout, stderr } = palisade(
    project(stack("groups: [app]", "groups: [ap]")),
    ...["converge", "dev"],
  );
  assert.equal(status, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /Pulumi\.dev\.yaml:8:43: .*unknown group "ap"; did you mean "app"\?/);
});

test("where all that is asked for is missing, it says so, with the nearest name", () => {
  const { status, stdout } = palisade(project(), "converge", "dve");
  assert.equal(status, 1);
  assert.match(stdout, /^0 of 1 stack converged in 0 passes\.$/m);
  assert.match(stdout, /^MISSING dve: there is no Pulumi\.dve\.yaml; did you mean "dev"\?$/m);
});

test("without the pulumi command it says how to get it, and of the lab", () => {
  const { status, stderr } = palisade(project(), "converge", "dev");
  assert.equal(status, 1);
  assert.match(stderr, /pulumi is not on PATH; .*palisade lab converge/);
});
