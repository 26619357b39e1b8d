/** What a person sees of a run. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { Display } from "../../lab/display/display";
import { begun, done, failed, refused, said, SECRET, summed, UNKNOWN } from "./support/events";

// Whoever runs the tests may not like colours.
before(() => {
  delete process.env["NO_COLOR"];
  process.env["TERM"] = "xterm";
});

function shown(
  operation: "preview" | "up" | "destroy",
  events: readonly EngineEvent[],
  terminal = false,
): string {
  let text = "";
  let time = 0;
  const stream = { write: (chunk: string) => (text += chunk), isTTY: terminal, columns: 60 };
  const display = new Display(stream, { operation, outputsAt: "outputs.json" }, () => (time += 600));
  events.forEach((event) => display.take(event));
  display.end();
  return text;
}

const lines = (...args: Parameters<typeof shown>): string[] =>
  shown(...args)
    .trimEnd()
    .split("\n");
const instance = { name: "web-1-instance", type: "aws:ec2/instance:Instance" };

describe("a preview", () => {
  test("shows a text as a diff, whole, and other inputs in a line", () => {
    const long = "x".repeat(5000);
    const turn = {
      op: "update" as const,
      name: "web-1-apply",
      old: { stdin: `a\nb\n${long}\n`, create: "one", triggers: ["1"] },
      new: { stdin: `a\nc\n${long}\n`, create: "two", triggers: ["1", UNKNOWN] },
    };
    assert.deepEqual(
      lines("preview", [begun(turn, true), done(turn)]),
      [
        "~ web-1-apply (Command) update",
        '    ~ create: "one" => "two"',
        "    stdin:",
        "      @@ -1,3 +1,3 @@",
        "       a",
        "      -b",
        "      +c",
        `       ${long}`,
        '    + triggers[1]: "[unknown]"',
      ].map((line) => line.replace('"[unknown]"', "[unknown]")),
    );
  });

  test("shows of something new the texts, and of what goes its name", () => {
    const turn = { op: "create" as const, name: "web-1-apply", new: { stdin: "a\nb\n", create: "x" } };
    assert.deepEqual(lines("preview", [begun(turn, true), begun({ op: "delete", ...instance }, true)]), [
      "+ web-1-apply (Command) create",
      "    stdin:",
      "      @@ -1,0 +1,2 @@",
      "      +a",
      "      +b",
      "- web-1-instance (Instance) delete",
    ]);
  });

  test("says that a secret changed, and not to what; a replacement is one line", () => {
    const secret = {
      op: "update" as const,
      name: "p",
      old: { stdin: SECRET },
      new: { stdin: SECRET },
      diffs: ["stdin"],
    };
    const replaced = (["create-replacement", "replace", "delete-replaced"] as const).map((op) =>
      begun({ op, ...instance, old: { size: "a" }, new: { size: "b" } }, true),
    );
    assert.deepEqual(lines("preview", [begun(secret, true), ...replaced]), [
      "~ p (Command) update",
      "    ~ stdin: [secret] (changed)",
      "± web-1-instance (Instance) replace",
      '    ~ size: "a" => "b"',
    ]);
  });

  test("leaves out what stays, the stack itself and its providers", () => {
    const events = [
      begun({ op: "same", name: "web-1-apply" }, true),
      begun({ op: "create", name: "palisade-dev", type: "pulumi:pulumi:Stack" }, true),
      begun({ op: "create", name: "default_7", type: "pulumi:providers:aws" }, true),
    ];
    assert.equal(shown("preview", events), "");
  });
});

describe("an update", () => {
  test("tells what was done, what failed and why, and what it comes to", () => {
    const events = [
      begun({ op: "update", name: "web-1-apply" }),
      said("info", "Dial 1/3 failed: retrying", { name: "web-1-apply", ephemeral: true }),
      done({ op: "update", name: "web-1-apply" }),
      begun({ op: "create", ...instance }),
      said("error", "no room\nat all\n", { name: "web-1-instance" }),
      failed({ op: "create", ...instance }),
      said("warning", "mind the gap"),
      said("info", "a program's own words"),
      refused("web-1-instance", "imdsv2-only", "it has none\nof these"),
      summed({ update: 1, same: 3 }),
    ];
    assert.deepEqual(lines("up", events), [
      "~ web-1-apply (Command) updated (0.6 s)",
      "error: web-1-instance: no room",
      "    at all",
      "x web-1-instance (Instance) create failed",
      "warning: mind the gap",
      "a program's own words",
      "mandatory guardrail imdsv2-only, at web-1-instance:",
      "    it has none",
      "    of these",
      "Resources: ~ 1 updated, 3 unchanged (9 s)",
    ]);
  });

  test("never shows what is told at level debug, which has private keys in it", () => {
    assert.equal(shown("up", [said("debug", "-----BEGIN OPENSSH PRIVATE KEY-----")]), "");
  });

  test("shows outputs that changed, and where a long one is read", () => {
    const hosts = { "web-1": { addresses: "x".repeat(300) } };
    const turn = {
      ...{ op: "update" as const, name: "palisade-dev", type: "pulumi:pulumi:Stack" },
      old: { region: "a", environment: "dev" },
      new: { region: "b", environment: "dev", hosts, key: SECRET },
    };
    assert.deepEqual(lines("up", [done(turn)]), [
      "Outputs that changed:",
      "    hosts: see outputs.json",
      "    key: [secret]",
      "    region: b",
    ]);
    assert.equal(shown("destroy", [done(turn)]), "");
  });

  test("has colours, and a line for what is under way, on a terminal only", () => {
    const events = [
      begun({ op: "update", name: "web-1-apply" }),
      said("info", "Dial 1/3 failed", { name: "web-1-apply", ephemeral: true }),
      done({ op: "update", name: "web-1-apply" }),
    ];
    const text = shown("up", events, true);
    assert.ok(text.includes("\u001b[33m~ web-1-apply (Command) updated\u001b[39m"), JSON.stringify(text));
    assert.ok(text.includes("… 1 under way: web-1-apply: Dial 1/3 failed"));
    const elsewhere = shown("up", events);
    assert.ok(!elsewhere.includes("under way") && !elsewhere.includes("\u001b"), elsewhere);
  });

  test("lets nobody draw on the terminal", () => {
    const text = shown("up", [said("info", "\u001b[31mred\u001b[0m <{%fg 1%}>marked<{%reset%}>")]);
    assert.equal(text, "red marked\n");
  });
});
