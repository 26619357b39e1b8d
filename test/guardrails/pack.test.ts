import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { guardrails } from "../../policy/guardrails/rules";

test("docs/security.md lists every rule, in order, with its level", () => {
  const text = readFileSync(join(__dirname, "..", "..", "docs", "security.md"), "utf8");
  const [, section = ""] = text.split("## Guardrails");
  const listed = [...section.matchAll(/^\| `([a-z0-9-]+)` +\| (\w+) /gm)].map(([, name, level]) => [
    name,
    level,
  ]);
  const rules = guardrails(new Date()).map(({ name, enforcementLevel }) => [name, enforcementLevel]);
  assert.deepEqual(listed, rules);
});
