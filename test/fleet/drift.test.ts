import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readDrift, type HostDrift } from "../../fleet/drift";
import { driftText, isAsPushed } from "../../fleet/drift-report";

const said = (code: number, stdout: string, stderr = "") => readDrift("web-1", { code, stdout, stderr });

const DRIFTED: HostDrift = {
  host: "web-1",
  state: "drifted",
  findings: [
    { facet: "firewall", what: "rule not ours: -A INPUT -s 192.0.2.7/32 -j ACCEPT" },
    { facet: "host", what: "palisade-drift.timer does not run" },
  ],
};
const AS_PUSHED: HostDrift = { host: "db-1", state: "as pushed" };
const UNKNOWN: HostDrift = { host: "app-1", state: "unknown", reason: "ssh: no route" };

describe("what a host says of its drift", () => {
  test("nothing, where all is as pushed", () => {
    assert.deepEqual(said(0, ""), { host: "web-1", state: "as pushed" });
  });

  test("a line for each finding", () => {
    const lines =
      "firewall\trule not ours: -A INPUT -s 192.0.2.7/32 -j ACCEPT\nhost\tpalisade-drift.timer does not run\n";
    assert.deepEqual(said(1, lines), DRIFTED);
  });

  const unknown = (title: string, code: number, stdout: string, stderr: string, reason: string) =>
    test(`${title} is neither`, () => {
      assert.deepEqual(said(code, stdout, stderr), { host: "web-1", state: "unknown", reason });
    });
  unknown("a host that can't be reached", 255, "", "ssh: connect: No route\n", "ssh: connect: No route");
  unknown(
    "a host without Palisade",
    127,
    "",
    "sh: 1: palisade-host: not found\n",
    "sh: 1: palisade-host: not found",
  );
  unknown("a failure without a word", 1, "", "", "exit code 1");
  unknown("success with words", 0, "Welcome!\n", "", "exit code 0");
  unknown("anything else that is printed", 1, "Welcome!\nhost\tno timer\n", "", "exit code 1");
});

describe("the report of a fleet", () => {
  test("has a line for each finding, each host that is not known, and the counts", () => {
    const text = driftText([AS_PUSHED, DRIFTED, UNKNOWN]);
    assert.match(text, /web-1 +│ firewall +│ rule not ours: -A INPUT/);
    assert.match(text, /web-1 +│ host +│ palisade-drift\.timer does not run/);
    assert.match(text, /app-1 +│ +│ UNKNOWN: ssh: no route/);
    assert.match(text, /^1 of 3 hosts as pushed, 1 drifted, 1 not known\.$/m);
  });

  test("is one line where all is as pushed", () => {
    assert.equal(driftText([AS_PUSHED]), "1 of 1 host as pushed.\n");
  });

  test("is good only where every host answered and is as pushed", () => {
    assert.equal(isAsPushed([AS_PUSHED]), true);
    assert.equal(isAsPushed([AS_PUSHED, UNKNOWN]), false);
    assert.equal(isAsPushed([AS_PUSHED, DRIFTED]), false);
  });
});
