import "reflect-metadata";
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { CERTIFICATE_DAYS } from "../../compiler/identity/certificate";
import { certificatesEnding, certificatesValid } from "../../policy/guardrails/rules/certificates";
import { certificateFacet } from "./support/certificate";
import { judge, type Resource, unknown } from "./support/judge";

const EPOCH = "2026-11-01";
const DAY = 24 * 60 * 60 * 1000;

/** A day counted from the epoch. */
const day = (count: number): Date => new Date(new Date(`${EPOCH}T12:00:00Z`).getTime() + count * DAY);

describe("certificates", () => {
  let command: Resource;
  before(async () => {
    const stdin = await certificateFacet("web-1", EPOCH);
    command = { type: "command:remote:Command", name: "web-1-certificate", props: { stdin } };
  });

  const cases: [string, Date, { valid: boolean; lasts: boolean }][] = [
    ["on its first day", day(0), { valid: true, lasts: true }],
    ["two days before its epoch", day(-2), { valid: false, lasts: true }],
    ["with 30 days left", day(CERTIFICATE_DAYS - 31), { valid: true, lasts: true }],
    ["with 29 days left", day(CERTIFICATE_DAYS - 30), { valid: true, lasts: false }],
    ["on its last day", day(CERTIFICATE_DAYS - 1), { valid: true, lasts: false }],
    ["a day after its end", day(CERTIFICATE_DAYS), { valid: false, lasts: true }],
  ];
  for (const [name, today, expected] of cases) {
    test(name, async () => {
      const [valid, ending] = [
        await judge(certificatesValid(today), command),
        await judge(certificatesEnding(today), command),
      ];
      assert.deepEqual({ valid: valid.length === 0, lasts: ending.length === 0 }, expected);
      for (const message of [...valid, ...ending]) {
        assert.match(message, /^web-1-certificate: the certificate of CN=web-1\.dev\.palisade /);
        assert.match(message, /set palisade:certificateEpoch to "\d{4}-\d\d-\d\d" in Pulumi\.dev\.yaml$/);
      }
    });
  }

  test("not known yet, or none", async () => {
    for (const stdin of [unknown, "# palisade accounts for web-1 (dev)\n", undefined]) {
      const other = { ...command, props: { stdin } };
      assert.deepEqual(await judge(certificatesValid(day(-99)), other), []);
      assert.deepEqual(await judge(certificatesEnding(day(-99)), other), []);
    }
  });

  test("only an end is a warning", () => {
    assert.equal(certificatesEnding(day(0)).enforcementLevel, "advisory");
    assert.equal(certificatesValid(day(0)).enforcementLevel, "mandatory");
  });
});
