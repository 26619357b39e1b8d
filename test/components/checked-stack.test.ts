import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { mapKeys } from "lodash";
import { loadProgramStack } from "../../components/checked-stack";
import { ownYaml } from "../../lab/deploy/own-data";

const PROJECT = join(__dirname, "..", "..");
const FILE = "Pulumi.dev.yaml";
const CLEAR = "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3JldA==";

/** The program knows a secret's value alone; whether it is encrypted stands in the stack's file. */
describe("a secret of the stack's file", () => {
  const folder = mkdtempSync(join(tmpdir(), "palisade-stack-"));
  cpSync(join(PROJECT, "policy"), join(folder, "policy"), { recursive: true });
  after(() => rmSync(folder, { recursive: true }));

  const sample = readFileSync(join(PROJECT, FILE), "utf8").trimEnd();
  const { config } = ownYaml<{ config: Record<string, unknown> }>(sample);
  const inventory = mapKeys(config, (_, key) => key.replace(/^palisade:/, ""));

  function load(secret: string) {
    writeFileSync(join(folder, FILE), `${sample}\n  palisade:secret: ${secret}\n`);
    const secrets = { secret: pulumi.secret(CLEAR), nextSecret: undefined, previousSecret: undefined };
    const settings = { stack: "dev", policyFolder: "policy", inventory, secrets, passwords: undefined };
    return loadProgramStack(settings, "2026-11-28", folder);
  }

  test("that is encrypted is taken", () => {
    assert.equal(load("{ secure: v1:abc }").inventory.environment, "dev");
  });

  test("in clear stops the program, with its line, and the message does not show it", () => {
    assert.throws(
      () => load(CLEAR),
      (error: Error) => {
        assert.match(error.message, /Pulumi\.dev\.yaml:\d+:\d+: palisade:secret: this is not encrypted/);
        assert.ok(!error.message.includes(CLEAR));
        return true;
      },
    );
  });
});
