/** What a run's events come to: what failed, who was contacted, what has to be pushed again. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { Outcome } from "../../lab/deploy/outcome";
import { StackFiles } from "../../lab/deploy/stack-files";
import { Unconfirmed } from "../../lab/deploy/unconfirmed";
import { begun, done, failed, refused, said, summed } from "./support/events";

const push = (name: string, op: "create" | "update" | "same" | "create-replacement" = "update") => ({
  ...{ op, name, parent: /^(.+)-[a-z]+$/.exec(name)?.[1] ?? "" },
});

describe("the outcome of a run", () => {
  test("names what failed with all that was said of it, the stack for what is nobody's, and what was refused", () => {
    const outcome = new Outcome();
    const events = [
      failed(push("db-1-apply")),
      said("error", "no room\n", { name: "db-1-apply" }),
      said("error", "at all", { name: "db-1-apply" }),
      failed(push("db-2-apply")),
      said("error", "update failed"),
      said("warning", "mind the gap", { name: "web-1-apply" }),
      refused("web-1-instance", "imdsv2-only", "it has none"),
      summed({ same: 4, update: 2 }),
    ];
    events.forEach((event) => outcome.take(event));
    assert.deepEqual(outcome.failed("dev"), [
      { name: "db-1-apply", message: "no room\nat all" },
      { name: "dev", message: "update failed" },
      { name: "db-2-apply", message: "it failed" },
      { name: "web-1-instance", message: "guardrail imdsv2-only: it has none" },
    ]);
    assert.deepEqual(outcome.changes, { same: 4, create: 0, update: 2, replace: 0, delete: 0 });
  });

  test("names hosts that were pushed to, each once, and none for a preview or what stays", () => {
    const outcome = new Outcome();
    const events = [
      begun(push("web-2-apply")),
      begun(push("web-2-confirm")),
      begun(push("app-1-prepare", "create")),
      begun(push("db-1-apply", "same")),
      begun(push("db-2-apply"), true),
      begun({ op: "create", name: "web-3-instance", type: "aws:ec2/instance:Instance", parent: "web-3" }),
    ];
    events.forEach((event) => outcome.take(event));
    assert.deepEqual(outcome.hosts, ["app-1", "web-2"]);
  });
});

describe("what hosts have not confirmed", () => {
  const folder = mkdtempSync(join(tmpdir(), "palisade-unconfirmed-"));
  after(() => rmSync(folder, { recursive: true }));
  let count = 0;
  const files = (): StackFiles => new StackFiles(join(folder, String(count++)));

  test("is kept as it happens, until the host confirms it", () => {
    const stack = files();
    const first = new Unconfirmed(stack);
    for (const name of ["web-1-apply", "web-1-passwords", "db-1-apply"]) first.take(begun(push(name)));
    assert.deepEqual(new Unconfirmed(stack).resources, ["db-1-apply", "web-1-apply", "web-1-passwords"]);
    first.take(done(push("web-1-confirm")));
    assert.deepEqual(new Unconfirmed(stack).resources, ["db-1-apply"]);
    const next = new Unconfirmed(stack);
    next.take(begun(push("db-1-apply", "create-replacement")));
    next.take(begun(push("db-1-confirm")));
    assert.deepEqual(next.resources, ["db-1-apply"], "a confirm that has only begun confirms nothing");
    next.take(failed(push("db-1-confirm")));
    assert.deepEqual(new Unconfirmed(stack).resources, ["db-1-apply"]);
    next.take(done(push("db-1-confirm")));
    assert.deepEqual(new Unconfirmed(stack).resources, []);
  });

  test("is nothing that stays, is only planned, prepares, moves keys or is no push", () => {
    const stack = files();
    const record = new Unconfirmed(stack);
    const events = [
      begun(push("web-1-apply", "same")),
      begun(push("web-1-apply"), true),
      begun(push("web-1-prepare")),
      begun(push("web-1-access")),
      begun(push("web-1-confirm")),
      begun({ op: "update", name: "web-1-apply", type: "aws:ec2/instance:Instance" }),
    ];
    events.forEach((event) => record.take(event));
    assert.deepEqual(new Unconfirmed(stack).resources, []);
  });
});
