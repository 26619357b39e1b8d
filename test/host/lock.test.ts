import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { assertOk } from "./support/documents";
import { OLD } from "./support/facets";
import { CANDIDATE, confirmationOf, firewallOf, loaded } from "./support/firewalls";
import { cannot, type HostTest, withHost } from "./support/sandbox";

const skip = cannot("iptables", "ip6tables", "ipset");
const onHost = (name: string, body: HostTest) => test(name, { skip }, () => withHost(body));
const PORTS = [1001, 1002, 1003, 1004, 1005];

describe("pushes at the same time", () => {
  onHost("queue: each is loaded whole, and the last one stays", async (host) => {
    const outcomes = await Promise.all(
      PORTS.map((port) => host.palisade("apply firewall", firewallOf(port))),
    );
    outcomes.forEach(assertOk);
    const last = await host.sh(`cat ${CANDIDATE}`);
    const port = PORTS.find((port) => firewallOf(port) === last);
    assert.ok(port !== undefined, "the candidate is one of those that were pushed");
    const rules = (await loaded(host)).filter((line) => line.includes("--dport"));
    assert.equal(rules.length, 2);
    for (const rule of rules) assert.match(rule, new RegExp(`--dport ${port} .*from-${port}\\.`));
  });

  onHost("wait for whoever holds the lock, the timer's undoing too", async (host) => {
    assertOk(await host.palisade("apply firewall", firewallOf(80)));
    assertOk(await host.palisade("confirm", confirmationOf(firewallOf(80))));
    assertOk(await host.palisade("apply firewall", firewallOf(443)));
    const before = await host.everything();
    const held = host.sh("flock /run/palisade/lock sleep 2");
    await sleep(500);
    const revert = host.palisade("revert");
    await sleep(500);
    assert.deepEqual((await host.everything()).filter(notTemporary), before.filter(notTemporary));
    await held;
    assertOk(await revert);
    assert.match((await loaded(host)).join("\n"), /--dport 80 /);
  });

  onHost("are not held up by who looks for drift and does not read what is found", async (host) => {
    assertOk(await host.palisade("apply ipsec", OLD.ipsec));
    // More findings than a pipe holds.
    await host.sh("seq -f stranger-%g 20000 >>/mnt/connections; mkfifo /tmp/pipe");
    const stalled = host.sh(
      `sleep 600 </tmp/pipe & reader=$!
       dash /usr/local/lib/palisade/palisade-host drift >/tmp/pipe & until [ -e /tmp/done ]; do sleep 0.1; done
       kill $reader $!`,
    );
    await host.sh("until pgrep -f '^cat .*/findings$' >/dev/null; do sleep 0.1; done");
    const lock = await host.run(["flock", "-n", "/run/palisade/lock", "true"]);
    await host.sh("touch /tmp/done");
    await stalled;
    assertOk(lock);
  });

  onHost("are not held up by one whose connection stalls", async (host) => {
    // Standard input that never ends, as from a connection that was cut in the middle.
    const stalled = host.sh(
      `mkfifo /tmp/pipe; sleep 600 >/tmp/pipe & feeder=$!
       dash /usr/local/lib/palisade/palisade-host apply firewall </tmp/pipe & push=$!
       until [ -e /tmp/done ]; do sleep 0.1; done
       kill $push $feeder`,
    );
    await sleep(300);
    assertOk(await host.palisade("apply firewall", firewallOf(80)));
    assertOk(await host.palisade("revert"));
    await host.sh("touch /tmp/done");
    await stalled;
  });
});

/** Pushes that wait have a folder. */
function notTemporary(line: string): boolean {
  return !line.includes("/run/palisade/work.");
}
