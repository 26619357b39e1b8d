import assert from "node:assert/strict";
import { test } from "node:test";
import { palisade, project } from "./support/project";

test("drift without a stack, or of one that is not there, is misused, and says what would do", () => {
  assert.equal(palisade(project(), "drift").status, 2);
  const { status, stderr } = palisade(project(), "drift", "--stack", "dve");
  assert.equal(status, 2);
  assert.match(stderr, /there is no Pulumi\.dve\.yaml; did you mean "dev"\?/);
});

test("its help has examples", () => {
  const { status, stdout } = palisade(project(), "drift", "--help");
  assert.equal(status, 0);
  assert.match(stdout, /^ {2}palisade drift --stack prod$/m);
});

test("without the pulumi command it says how to get it, and of the lab", () => {
  const { status, stderr } = palisade(project(), "drift", "--stack", "dev");
  assert.equal(status, 1);
  assert.match(stderr, /pulumi is not on PATH; .*palisade lab drift/);
});
