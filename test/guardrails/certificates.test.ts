import "reflect-metadata";
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { CERTIFICATE_DAYS, CertificateAuthority } from "../../compiler/identity/certificate";
import { deriveKey } from "../../compiler/identity/keys";
import { prepareScript } from "../../components/host-scripts";
import { certificatesEnding, certificatesValid } from "../../policy/guardrails/rules/certificates";
import { applyCommand } from "./support/certificate";
import { judge, type Resource, unknown } from "./support/judge";

const EPOCH = "2026-11-01";
const DAY = 24 * 60 * 60 * 1000;

/** A day counted from the epoch. */
const day = (count: number): Date => new Date(new Date(`${EPOCH}T12:00:00Z`).getTime() + count * DAY);

describe("certificates", () => {
  let command: Resource;
  before(async () => {
    const create = await applyCommand("web-1", EPOCH);
    command = { type: "command:remote:Command", name: "web-1-apply", props: { create } };
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
        assert.match(message, /^web-1-apply: the certificate of CN=web-1\.dev\.palisade /);
        assert.match(message, /set palisade:certificateEpoch to "\d{4}-\d\d-\d\d" in Pulumi\.dev\.yaml$/);
      }
    });
  }

  test("not known yet, or none", async () => {
    const prepare = prepareScript("web-1.dev.palisade");
    assert.match(prepare, /BEGIN CERTIFICATE/, "it only speaks of them");
    for (const props of [
      { create: unknown },
      { create: "palisade-host confirm" },
      {},
      { create: "sh -s", stdin: prepare },
    ]) {
      const other = { ...command, props };
      assert.deepEqual(await judge(certificatesValid(day(-99)), other), []);
      assert.deepEqual(await judge(certificatesEnding(day(-99)), other), []);
    }
  });

  test("a CA's, in the document", async () => {
    const ca = await CertificateAuthority.create("dev", deriveKey(Buffer.alloc(32, 1), "dev", { use: "ca" }));
    const other = { ...command, props: { create: unknown, stdin: `#=== file ca.pem\n${ca.pem}#=== end\n` } };
    assert.deepEqual(await judge(certificatesValid(day(0)), other), []);
    const [message] = await judge(certificatesValid(new Date("2076-01-01")), other);
    assert.match(message ?? "", /the certificate of CN=Palisade CA of dev ended on 2075-01-01/);
  });

  test("only an end is a warning", () => {
    assert.equal(certificatesEnding(day(0)).enforcementLevel, "advisory");
    assert.equal(certificatesValid(day(0)).enforcementLevel, "mandatory");
  });
});
