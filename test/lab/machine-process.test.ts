import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openLab } from "../../lab/machine";
import { checkSpec, metaFiles, type HostSpec } from "../../lab/machine/host-spec";
import { withLock } from "../../lab/machine/lock";
import { isAlive, killWithHelpers, ownProcess, parseStat } from "../../lab/machine/process";

test("a process that took a recorded pid later is not taken for it, and not killed", () => {
  const child = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
  try {
    assert.ok(child.pid !== undefined);
    killWithHelpers({ pid: child.pid, started: 1 });
    assert.equal(isAlive({ pid: child.pid, started: 1 }), false);
    process.kill(child.pid, 0);
  } finally {
    child.kill("SIGKILL");
  }
});

test("a process knows itself as alive", () => {
  assert.ok(isAlive(ownProcess()));
});

test("a command's name with parentheses and spaces does not confuse /proc/PID/stat", () => {
  const fields = Array.from({ length: 49 }, (_, index) => index + 4).join(" ");
  assert.deepEqual(parseStat(`17 (a) b (c) S ${fields}\n`), {
    ...{ pid: 17, command: "a) b (c", state: "S" },
    ...{ group: 5, started: 22 },
  });
  assert.equal(parseStat(""), undefined);
});

test("two sections with one lock never overlap, and an error gives the lock back", async () => {
  const lock = join(await mkdtemp(join(tmpdir(), "palisade-test-")), "lock");
  const order: string[] = [];
  const section = (name: string) =>
    withLock(lock, async () => {
      order.push(`${name} in`);
      await new Promise((resolve) => setTimeout(resolve, 30));
      order.push(`${name} out`);
      if (name === "a") throw new Error("a failed");
    });
  const results = await Promise.allSettled([section("a"), section("b"), section("c")]);
  assert.deepEqual(
    results.map((result) => result.status),
    ["rejected", "fulfilled", "fulfilled"],
  );
  for (let index = 0; index < 6; index += 2) {
    assert.equal(order[index]?.replace(" in", " out"), order[index + 1]);
  }
});

const GOOD: HostSpec = { stack: "dev", name: "web-1", ipv4: "198.51.100.10", ipv6: ["2001:db8:c000::10"] };

const REFUSED: [string, Partial<HostSpec>, RegExp][] = [
  ["a name with a slash", { name: "../web" }, /name "\.\.\/web"/],
  ["an IPv4 address out of range", { ipv4: "198.51.100.256" }, /ipv4/],
  ["an IPv6 address with a prefix", { ipv6: ["2001:db8::1/64"] }, /ipv6/],
  ["no address", { ipv4: undefined, ipv6: [] }, /no address/],
  ["user data that is no script", { userData: "#cloud-config" }, /user data/],
  ["a key of two lines", { authorizedKeys: ["ssh-ed25519 AAAA\nssh-ed25519 BBBB"] }, /two lines/],
  ["too little memory", { memoryMiB: 64 }, /at least 128/],
];

for (const [what, change, message] of REFUSED) {
  test(`a host is refused with ${what}`, () => {
    checkSpec(GOOD);
    assert.throws(() => checkSpec({ ...GOOD, ...change }), message);
  });
}

test("a host's addresses are single ones; the lab's routes say what is on the link", () => {
  assert.equal(metaFiles(GOOD).get("addresses"), "198.51.100.10/32\n2001:db8:c000::10/128\n");
});

test("labs of two checkouts differ in namespace and sockets, whose paths stay short", () => {
  const one = openLab({ PALISADE_LAB: "a-lab-with-a-name-of-31-letters", PALISADE_LAB_DIR: "/srv/one" });
  const other = openLab({ PALISADE_LAB: "a-lab-with-a-name-of-31-letters", PALISADE_LAB_DIR: "/srv/two" });
  assert.notEqual(one.namespace, other.namespace);
  assert.notEqual(one.runFolder, other.runFolder);
  assert.ok(`${one.runFolder}/01234567/mconsole`.length < 80);
  assert.throws(() => openLab({ PALISADE_LAB: "../x" }), /no name for a lab/);
});
