import Ajv, { type SchemaObject } from "ajv";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const FOLDER = join(__dirname, "..", "..", "policy", "schema");

for (const file of readdirSync(FOLDER)) {
  // The command compiles them without this check, which would cost each start more than all its own work.
  test(`${file} is a JSON Schema of draft 7`, () => {
    const schema = JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as SchemaObject;
    assert.equal(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    const ajv = new Ajv();
    assert.equal(ajv.validateSchema(schema), true, ajv.errorsText());
    assert.notEqual(ajv.validateSchema({ ...schema, type: "objekt" }), true);
  });
}
