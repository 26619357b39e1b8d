/** What a person sees of a run. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineEvent } from "../../lab/engine";
import { display } from "../../lab/engine/display";

const resource = {
  urn: "urn:pulumi:dev::p::command:remote:Command::web-1-firewall",
  type: "command:remote:Command",
  name: "web-1-firewall",
};
const other = {
  urn: "urn:pulumi:dev::p::aws:ec2/instance:Instance::web-1",
  type: "aws:ec2/instance:Instance",
  name: "web-1",
};
const changes = { same: 3, create: 1, update: 1, replace: 0, delete: 0 };

const EVENTS: EngineEvent[] = [
  {
    kind: "planned",
    resource,
    operation: "update",
    changes: [{ path: "stdin", kind: "update", replaces: false, old: "a\nb\n", new: "a\nc\n" }],
  },
  { kind: "started", resource, operation: "update", ofReplacement: false },
  { kind: "log", level: "info", message: "Dial 1/2 failed: retrying", resource, passing: true },
  { kind: "done", resource, operation: "update", ofReplacement: false, seconds: 1.23 },
  { kind: "started", resource: other, operation: "same", ofReplacement: false },
  { kind: "done", resource: other, operation: "same", ofReplacement: false, seconds: 0 },
  {
    kind: "failed",
    resource: other,
    operation: "create",
    ofReplacement: false,
    seconds: 2,
    message: "no room\nat all",
  },
  { kind: "skipped", resource: other, reason: "it needs x, which failed" },
  { kind: "log", level: "warning", message: "mind the gap", passing: false },
  { kind: "outputs", outputs: { a: "x", b: { c: 1 }, d: "y" }, changed: ["a", "b"] },
  { kind: "summary", operation: "up", ok: false, changes, failed: 1, skipped: 1, seconds: 9.87 },
];

// Whoever runs the tests may not like colours.
delete process.env["NO_COLOR"];
process.env["TERM"] = "xterm";

function shown(operation: "preview" | "up", terminal = false): string {
  let text = "";
  const listen = display({ write: (chunk) => (text += chunk), isTTY: terminal, columns: 60 });
  [{ kind: "begin", operation, stack: "dev" } as const, ...EVENTS].forEach(listen);
  return text;
}

test("an update tells what was done, what failed and why, and only outputs that changed", () => {
  assert.equal(
    shown("up"),
    [
      "~ web-1-firewall (Command) updated (1.2 s)",
      "x web-1 (Instance) create failed:",
      "    no room",
      "    at all",
      "! web-1 (Instance) skipped: it needs x, which failed",
      "warning: mind the gap",
      "Outputs that changed:",
      "    a: x",
      '    b: {"c":1}',
      "Resources: + 1 created, ~ 1 updated, 1 failed, 1 skipped, 3 unchanged (9.9 s)",
      "",
    ].join("\n"),
  );
});

test("a preview shows texts as diffs", () => {
  const lines = shown("preview").split("\n");
  assert.deepEqual(lines.slice(0, 6), [
    "~ web-1-firewall (Command) update",
    "    stdin:",
    "      @@ -1,2 +1,2 @@",
    "       a",
    "      -b",
    "      +c",
  ]);
});

test("on a terminal there are colours and a line for what is under way, which is gone in the end", () => {
  const text = shown("up", true);
  assert.ok(text.includes("\u001b[33m~ web-1-firewall (Command) updated\u001b[39m"));
  assert.ok(text.includes("… 1 under way: web-1-firewall: Dial 1/2 failed: retrying"));
  assert.ok(!shown("up").includes("under way"));
  const last = text.trimEnd().split("\n").at(-1) ?? "";
  assert.match(last, /^Resources: /);
});
