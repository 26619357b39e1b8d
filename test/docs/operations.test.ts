import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { missing } from "../compiler/support/tools";
import { Checkout } from "../lab/support/checkout";
import { AUTHOR, commitMistake, useRegions } from "./support/company";
import { commandsOf, PAGES } from "./support/page";
import { TRIALS, type Trial } from "./support/trials";

/*
 * Every command of the docs is tried: here, what needs no lab; in test/lab/operations.test.ts, what does. What needs an
 * account has something of the lab, or a test, in its place.
 */

const ALL = PAGES.flatMap((file) => commandsOf(file));
const PROJECT = join(__dirname, "..", "..");

function trialsOf(isWanted: (trial: Trial) => boolean): string[] {
  return [...TRIALS].flatMap(([text, trial]) => (isWanted(trial) ? [text] : []));
}

describe("the commands of docs/operations.md and README.md", () => {
  test("are all found, in blocks and in sentences, and config is none of them", () => {
    const page = [
      "Run `pulumi up` or:\n\n    npx a # b\n    git c\n\n1. one\n\n       make d\n",
      "    palisade:isolated: [web-1]\n\n```sh\nnpm e\n```\n\n    - name: f\n      on: aws\n",
    ].join("\n");
    const found = commandsOf("page", page).map(({ text, line }) => `${line} ${text}`);
    assert.deepEqual(found, ["3 npx a", "4 git c", "8 make d", "13 npm e", "1 pulumi up"]);
    for (const file of PAGES) assert.ok(commandsOf(file).length > 20, file);
  });

  test("are each tried by a test", () => {
    const unknown = ALL.filter(({ text }) => !TRIALS.has(text));
    assert.deepEqual(
      unknown.map(({ file, line, text }) => `${file}:${line}: ${text}`),
      [],
      "say in test/docs/support/trials.ts how they are tried",
    );
  });

  test("are all that is tried", () => {
    const written = new Set(ALL.map(({ text }) => text));
    assert.deepEqual(
      [...TRIALS.keys()].filter((text) => !written.has(text)),
      [],
      "these are on no page any more",
    );
  });

  test("that need an account have in their place what the tests named do", () => {
    for (const [text, trial] of TRIALS) {
      if (trial.kind !== "account" || "lab" in trial.instead) continue;
      const { test: file, shows } = trial.instead;
      assert.ok(
        readFileSync(join(PROJECT, file), "utf8").includes(shows),
        `${text}: ${file} has no "${shows}"`,
      );
    }
  });
});

describe("a command of the docs that needs no lab", () => {
  let checkout: Checkout;
  before(async () => {
    checkout = new Checkout(AUTHOR);
    await commitMistake(checkout);
  });
  after(() => checkout.remove());

  const dot = missing("dot");
  for (const command of trialsOf(({ kind }) => kind === "here")) {
    test(command, { skip: command.includes("| dot ") ? dot : undefined }, async () => {
      if (command.includes("prod-us-east")) await useRegions(checkout);
      const { code, stdout, stderr } = await checkout.shell(`set -e; ${command}`);
      assert.equal(code, 0, stdout + stderr);
    });
  }
});
