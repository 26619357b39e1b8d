/** The pack as a whole, in a process of its own, on a program that breaks every rule. */
import "reflect-metadata";
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CERTIFICATE_DAYS } from "../../compiler/identity/certificate";
import { GUARDRAILS } from "../../lab/deploy/session";
import { nameOf } from "../../lab/display/step";
import { ScratchStack } from "../support/pulumi";
import { applyCommand } from "./support/certificate";

const PROGRAM = join(__dirname, "fixtures", "broken");
const DAY = 24 * 60 * 60 * 1000;

/** A date so many days from today. */
const day = (days: number): string => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);

/** The epoch of a certificate that ends so many days from today. */
const ending = (days: number): string => day(days - CERTIFICATE_DAYS);

/** What a preview finds. An update ends before it comes to the rules that judge a whole stack. */
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
  let stack: ScratchStack;
  before(async () => {
    stack = await ScratchStack.open({ program: PROGRAM });
    await stack.beside("prod");
    await stack.configure({
      "aws:region": "us-east-1",
      "fixture:ended": await applyCommand("web-1", ending(-10)),
      "fixture:ending": await applyCommand("web-1", ending(10)),
    });
  });
  after(() => stack.remove());

  test("is refused by a preview, which finds all", async () => {
    const { ok, violations, text } = await stack.run("preview", { packs: [GUARDRAILS] });
    assert.equal(ok, false);
    assert.deepEqual(withoutMessages(violations), EXPECTED, text);
  });

  test("is refused by an update before anything is made that a rule is against", async () => {
    const { ok, events, violations, text } = await stack.run("up", { packs: [GUARDRAILS] });
    assert.equal(ok, false);
    const found = withoutMessages(violations);
    assert.deepEqual(
      found.filter((line) => !EXPECTED.includes(line)),
      [],
      text,
    );
    const refused = found.flatMap((line) => /^mandatory \S+ (.*)$/.exec(line)?.[1] ?? []);
    assert.ok(refused.length > 0, text);
    const made = events.flatMap(({ resOutputsEvent }) => nameOf(resOutputsEvent?.metadata.urn ?? ""));
    assert.deepEqual(
      refused.filter((name) => made.includes(name)),
      [],
      text,
    );
  });
});
