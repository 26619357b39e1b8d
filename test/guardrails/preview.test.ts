/**
 * The pack as a whole, in a process of its own, on a program that breaks every rule: the stand-in's preview tells of
 * each, and so does the real `pulumi preview --policy-pack` where it is on PATH.
 */
import "reflect-metadata";
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CERTIFICATE_DAYS } from "../../compiler/identity/certificate";
import { GUARDRAILS } from "../../lab/deploy/session";
import { TestStack } from "../engine/harness";
import { RealStack, violationLines, whyNoPulumi } from "../engine/real";
import { applyCommand } from "./support/certificate";

const PROGRAM = join(__dirname, "fixtures", "broken");
const CLOUDS = join(__dirname, "..", "..", "lab", "clouds");
const DAY = 24 * 60 * 60 * 1000;

/** A date so many days from today. */
const day = (days: number): string => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);

/** The epoch of a certificate that ends so many days from today. */
const ending = (days: number): string => day(days - CERTIFICATE_DAYS);

const EXPECTED = [
  "advisory certificates-ending late",
  "mandatory certificates-valid blind",
  "mandatory disks-encrypted bare",
  "mandatory disks-encrypted other",
  "mandatory environment-matches-stack bare",
  "mandatory environment-matches-stack open",
  "mandatory every-host-configured bare",
  "mandatory every-host-configured other",
  "mandatory every-linode-firewalled other",
  "mandatory host-keys-pinned blind",
  "mandatory imdsv2-only bare",
  "mandatory no-ipsec-from-anywhere open",
  "mandatory no-secret-in-outputs fixture-dev",
  "mandatory no-ssh-from-anywhere open",
  "mandatory no-wide-security-group open",
  "mandatory one-environment bare",
  "mandatory references-inside-environment fixture-dev",
];

const withoutMessages = (lines: string[]): string[] => lines.map((line) => line.replace(/:.*/s, ""));

describe("a program that breaks every guardrail", () => {
  const stack = new TestStack();
  const other = new TestStack("prod", stack);
  let config: Record<string, string> = {};
  let verdict: string[] = [];
  before(async () => {
    await other.up([]);
    config = {
      "aws:region": "us-east-1",
      "fixture:ended": await applyCommand("web-1", ending(-10)),
      "fixture:ending": await applyCommand("web-1", ending(10)),
    };
  });
  after(() => {
    stack.remove();
    other.remove();
  });

  test("is refused by the stand-in's preview", async () => {
    const env = { PALISADE_LAB_DIR: stack.folder, PALISADE_LAB: "none" };
    const cloud = (name: string) => ({ command: [process.execPath, join(CLOUDS, name)], env });
    const { ok, errors, failed, ...outcome } = await stack.preview([], {
      projectDir: PROGRAM,
      config,
      secretKeys: [],
      policyPacks: [GUARDRAILS],
      providers: { aws: cloud("aws"), linode: cloud("linode") },
    });
    assert.deepEqual([ok, errors, failed], [false, [], []]);
    verdict = violationLines(outcome);
    assert.deepEqual(withoutMessages(verdict), EXPECTED);
  });

  test("is refused by the real engine's preview, in the same words", { skip: whyNoPulumi() }, async () => {
    const env = { PALISADE_LAB_DIR: stack.folder, PALISADE_LAB: "none" };
    const real = await new RealStack(PROGRAM, env).prepare();
    try {
      await real.addStack("prod");
      await real.configure(config, []);
      const { ok, violations, text } = await real.run("preview", ["--policy-pack", GUARDRAILS]);
      assert.equal(ok, false);
      assert.deepEqual(violations.sort(), verdict, text);
    } finally {
      real.remove();
    }
  });
});
