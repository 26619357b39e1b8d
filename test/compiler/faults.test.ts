import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decidePacket } from "./support/evaluator";
import { expectedVerdict } from "./support/oracle";
import { allPackets } from "./support/packets";
import { decideWorld, readFirewall } from "./support/rendered";
import { sshKey } from "./support/sample";
import { NETWORKS, type World } from "./support/world";

/*
 * Would anybody notice? Each fault is one that a renderer might have; a sweep over all hosts and packets has to
 * find a packet whose fate is no longer what the policy says.
 */

const WORLD: World = {
  groups: {
    all: { services: { ssh: { ports: ["22/tcp"], from: ["app"] } }, logins: [] },
    web: { services: { site: { ports: ["80/tcp", "443/tcp"], from: ["net:internet"] } }, logins: [] },
    app: { services: { api: { ports: ["8000-8010/tcp"], from: ["web", "net:office"] } }, logins: [] },
    db: { services: { sql: { ports: ["53/udp"], from: ["app", "self"] } }, logins: [] },
  },
  teams: {},
  people: {},
  networks: NETWORKS,
  hosts: [
    { name: "web-1", on: "aws", groups: ["web"] },
    { name: "app-1", on: "aws", groups: ["app"] },
    { name: "db-1", on: "aws", groups: ["db"] },
    { name: "db-2", on: "linode", groups: ["db"] },
    { name: "old-1", on: "existing", groups: ["app"], address: ["2001:db8:c000::1"], hostKey: sshKey(1) },
    { name: "cut-1", on: "aws", groups: ["web"] },
  ],
  isolated: ["cut-1"],
  failsafe: ["203.0.113.0/28", "2001:db8:ff1::/64"],
};

/**
 * The same with a fleet that has forgotten the clouds' IPv6 addresses: `palisade` refuses to deploy that, and each
 * rule must still hold by itself.
 */
const NARROW: World = {
  ...WORLD,
  networks: { ...NETWORKS, fleet: ["198.51.100.0/24", "2001:db8:c000::/36"] },
};

/** Packets whose fate is not what the policy says, once the texts are changed so. */
function disagreements(world: World, change?: (text: string) => string): number {
  const decided = decideWorld(world);
  let count = 0;
  for (const spec of world.hosts) {
    const host = decided.model.hosts.get(spec.name);
    assert.ok(host);
    const rules = readFirewall(host, decided, change);
    for (const packet of allPackets(decided.book)) {
      const verdict = decidePacket(rules[packet.family], packet);
      if (verdict !== expectedVerdict(world, decided.book, spec, packet)) count++;
    }
  }
  return count;
}

const FAULTS: Record<string, [RegExp, string]> = {
  "servers are let in without IPsec": [/ --dir in --pol ipsec/g, " --dir in --pol none"],
  "the IPsec match is left out": [/ -m policy --dir in --pol ipsec/g, ""],
  "the wrong set is matched": [/--match-set group\.app\./g, "--match-set peers."],
  "a set is not matched at all": [/ -m set --match-set group\.web\.[46] src/g, ""],
  "a range ends one too late": [/8000:8010/g, "8000:8011"],
  "a range ends one too early": [/8000:8010/g, "8000:8009"],
  "a range begins one too early": [/8000:8010/g, "7999:8010"],
  "tcp instead of udp": [/-p udp -m udp --dport 53 /g, "-p tcp -m tcp --dport 53 "],
  "the last drop accepts": [/-A PALISADE-IN -j DROP/g, "-A PALISADE-IN -j ACCEPT"],
  "what is in clear is not dropped": [/-j PALISADE-CLEAR/g, "-j LOG"],
  "link-local neighbours are of a network": [/^-A .* -j PALISADE-CLEAR\n(?!-A PALISADE-IN)/gm, ""],
  "networks are let in through IPsec": [/ -m policy --dir in --pol none(?= .*net:)/g, ""],
  "the failsafe is forgotten": [/^-A PALISADE-IN .*failsafe.*\n/gm, ""],
  "the failsafe is for everybody": [/ -m set --match-set failsafe\.[46] src/g, ""],
  "IKE comes from anywhere": [/(--dports 500,4500) -m set --match-set peers\.[46] src/g, "$1"],
  "ESP is forgotten": [/^-A PALISADE-IN -p esp .*\n/gm, ""],
  "NAT traversal is forgotten": [/--dports 500,4500/g, "--dports 500"],
  "a set lacks an address": [/^add group\.app\.4 .*\n/gm, ""],
  "a set lacks a family": [/^add group\.\w+\.6 .*\n/gm, ""],
  "a network is one bit too large": [/203\.0\.113\.0\/25/g, "203.0.113.0/24"],
  "the fleet is one bit too small": [/2001:db8:8000::\/33/g, "2001:db8:8000::/34"],
  "one peer may take another's place": [/^-A PALISADE-IN .* -j PALISADE-POSED\n/gm, ""],
  "all peers have one mark": [/0x5[0-9a-f]{7}\b(?!\/)/g, "0x50000001"],
  "a link has another's mark": [/^(add links\.6 \S+,0x5)([0-9a-f]{7})$/gm, "$10000001"],
  "a connection sets no mark": [/^ +set_mark_(in|out) = .*\n/gm, ""],
  "a service's chain is not reached": [/^-A PALISADE-IN .* -j app\.api\n/gm, ""],
  "only one of two ports": [/^-A PALISADE-IN .* --dport 443 .*\n/gm, ""],
};

test("the rules as they are rendered agree with the policy on every packet", () => {
  assert.equal(disagreements(WORLD), 0);
  assert.equal(disagreements(NARROW), 0);
});

describe("a fault in the rules is noticed", () => {
  for (const [title, [from, to]] of Object.entries(FAULTS)) {
    test(title, () => {
      let applied = false;
      const change = (text: string): string => {
        const changed = text.replace(from, to);
        applied ||= changed !== text;
        return changed;
      };
      const found = disagreements(WORLD, change) || disagreements(NARROW, change);
      assert.ok(applied, "the fault is in none of the texts");
      assert.ok(found > 0, "nobody noticed");
    });
  }
});
