import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import schema from "../../policy/schema/inventory.schema.json";

const project = parse(readFileSync(join(__dirname, "..", "..", "Pulumi.yaml"), "utf8")) as {
  config: Record<string, Record<string, unknown>>;
};
const keys = Object.entries(project.config).filter(([key]) => key.startsWith("palisade:"));

test("Pulumi.yaml has a default for every key that a stack may leave out, as Pulumi refuses it otherwise", () => {
  const without = keys.filter(([, { default: value }]) => value === undefined).map(([key]) => key);
  assert.deepEqual(without.sort(), schema.required.map((key) => `palisade:${key}`).sort());
});

test("Pulumi.yaml marks no secret that a stack may be without, as Pulumi refuses its default for not being encrypted", () => {
  const marked = keys.filter(([, { secret }]) => secret === true).map(([key]) => key);
  assert.deepEqual(marked, ["palisade:secret"]);
});

test("Pulumi.yaml describes every key of the schema", () => {
  for (const key of Object.keys(schema.properties).filter((name) => name !== "aws:region")) {
    const description = project.config[`palisade:${key}`]?.["description"];
    assert.equal(typeof description, "string", key);
  }
});
