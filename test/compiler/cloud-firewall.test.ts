import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { linodeFirewalls, type LinodeFirewall } from "../../compiler/clouds/linode-firewalls";
import { LINODE_LABELS, LINODE_LIMITS } from "../../compiler/clouds/linode-limits";
import { linodeRules, type CloudRule } from "../../compiler/clouds/linode-rules";
import { loadStack } from "../../compiler/load/stack";
import type { Accept, AddressBook } from "../../compiler/model";
import { inventoryFromValues } from "../../compiler/source/stack";
import { decideCloud } from "./support/cloud-evaluator";
import { decidePacket, type Packet } from "./support/evaluator";
import { arePeers, expectedVerdict } from "./support/oracle";
import { packets } from "./support/packets";
import { decideWorld, readFirewall, type Decided } from "./support/rendered";
import { inventoryValues, policyTexts, world, type World, type WorldHost } from "./support/world";

const RUNS = { numRuns: Number(process.env["PALISADE_RUNS"] ?? 1000) };

function firewallsOf(written: World, { model }: Decided): LinodeFirewall[] {
  const checked = loadStack({
    policy: { folder: "policy", files: policyTexts(written) },
    inventory: inventoryFromValues("stack", inventoryValues(written)),
  });
  assert.ok(checked.ok);
  return linodeFirewalls(checked.value.inventory, model, new Map());
}

const kindOf = ({ groups }: WorldHost) => [...groups].sort().join(" ");

/** Whether a host with the same groups as `to` on Linode would have the sender as a peer, were it not isolated. */
function isPeerOfKind(written: World, book: AddressBook, to: WorldHost, packet: Packet): boolean {
  const isSender = ({ name, on }: WorldHost) => {
    const { ipv4, ipv6 } = book.get(name) ?? {};
    return packet.family === "ipv6"
      ? ipv6 === packet.source
      : on === "linode" && ipv4?.address === packet.source;
  };
  const senders = written.hosts.filter((host) => isSender(host) && !written.isolated.includes(host.name));
  const kind = written.hosts.filter((host) => host.on === "linode" && kindOf(host) === kindOf(to));
  return senders.some((sender) => kind.some((host) => arePeers({ ...written, isolated: [] }, sender, host)));
}

/** What the policy lets come in clear from outside, servers' addresses not told apart, and IKE of peers. */
function isLetIn(written: World, book: AddressBook, to: WorldHost, packet: Packet): boolean {
  const isIke = packet.protocol === "udp" && [500, 4500].includes(packet.destinationPort ?? 0);
  if (isIke && isPeerOfKind(written, book, to, packet)) return true;
  // Without the network `fleet` nobody is a server, so that a network's sources are what they say.
  const open = { ...written, isolated: [], networks: { ...written.networks, fleet: [] } };
  const clear = { ...packet, ipsec: false };
  return expectedVerdict(open, new Map(), to, clear) === "ACCEPT";
}

const cases = world
  .filter(({ hosts }) => hosts.some(({ on }) => on === "linode"))
  .map((written) => ({ written, decided: decideWorld(written) }))
  .chain(({ written, decided }) =>
    fc.record({
      written: fc.constant(written),
      decided: fc.constant(decided),
      to: fc.constantFrom(...written.hosts.filter(({ on }) => on === "linode")),
      packets: fc.array(packets(decided.book), { minLength: 50, maxLength: 50 }),
    }),
  );

describe("a Cloud Firewall, held to the flows by random packets", () => {
  test("lets in all that the host's own firewall lets in, and of TCP and UDP nothing that no flow allows", () => {
    fc.assert(
      fc.property(cases, ({ written, decided, to, packets }) => {
        const model = decided.model.hosts.get(to.name);
        const firewall = firewallsOf(written, decided).find(({ hosts }) => hosts.includes(to.name));
        assert.ok(model && firewall, to.name);
        const own = readFirewall(model, decided);
        for (const packet of packets.filter(({ ipsec }) => !ipsec)) {
          const said = `${to.name} ${JSON.stringify(packet)}`;
          const cloud = decideCloud(firewall.rules, packet, decided.book);
          if (decidePacket(own[packet.family], packet) === "ACCEPT") assert.equal(cloud, "ACCEPT", said);
          if (packet.protocol === "icmp" || packet.protocol === "esp") assert.equal(cloud, "ACCEPT", said);
          // Link-local sources are nobody's network; the cloud does not route them.
          else if (!/^(fe80|169\.254)/.test(packet.source)) {
            assert.equal(cloud === "ACCEPT", isLetIn(written, decided.book, to, packet), said);
          }
        }
      }),
      RUNS,
    );
  });

  test("each host on Linode is in exactly one, with all that are in the same groups", () => {
    fc.assert(
      fc.property(world, (written) => {
        const firewalls = firewallsOf(written, decideWorld(written));
        const kinds = new Set(firewalls.map(({ kind }) => kind));
        assert.equal(kinds.size, firewalls.length);
        const expected = written.hosts.filter(({ on }) => on === "linode").map(({ name }) => name);
        assert.deepEqual(firewalls.flatMap(({ hosts }) => hosts).sort(), expected.sort());
        assert.equal(kinds.size, new Set(written.hosts.filter(({ on }) => on === "linode").map(kindOf)).size);
      }),
      RUNS,
    );
  });
});

const accept = (service: string, ports: [number, number][], ipv4: string[]): Accept => ({
  ...{ group: "web", service },
  ports: ports.map(([first, last]) => ({ protocol: "tcp", first, last })),
  origins: [{ kind: "network", network: { name: "n", ipv4, ipv6: [] }, written: "net:n", path: "p" }],
});
const rules = (accepts: Accept[], peers = 0): CloudRule[] =>
  linodeRules({
    failsafe: ["203.0.113.0/28"],
    accepts,
    peers: Array.from({ length: peers }, (_, index) => ({ host: `h${index}`, family: "ipv6" })),
  });
const ports = (list: CloudRule[]) => list.map(({ label, ports }) => `${label}: ${ports ?? "all"}`);
const single = (count: number): [number, number][] =>
  Array.from({ length: count }, (_, index) => [1000 + 2 * index, 1000 + 2 * index]);

describe("rules are few, and inside Linode's limits", () => {
  test("ports of the same ranges share a rule; ranges of the same port do, too", () => {
    const merged = rules([
      accept(
        "site",
        [
          [80, 80],
          [443, 443],
        ],
        ["0.0.0.0/0"],
      ),
      accept(
        "alt",
        [
          [8000, 8005],
          [8003, 8010],
        ],
        ["0.0.0.0/0"],
      ),
      accept("admin", [[9000, 9000]], ["192.0.2.0/26"]),
      accept("other", [[9000, 9000]], ["192.0.2.0/24", "192.0.2.64/26"]),
    ]);
    assert.deepEqual(ports(merged), [
      "failsafe-ssh: 22",
      "tcp-80-443-8000-8010: 80, 443, 8000-8010",
      "tcp-9000: 9000",
      "drop-tcp: all",
      "drop-udp: all",
    ]);
    assert.deepEqual(merged[2]?.sources, { kind: "ranges", ranges: ["192.0.2.0/24"] });
    assert.equal(merged[2]?.description, "web.admin web.other");
  });

  test("too many pieces, and too many addresses, are split", () => {
    const wide = Array.from({ length: 300 }, (_, index) => `10.${index >> 8}.${index & 255}.0/24`);
    const split = rules([accept("many", single(16), wide)], 256);
    assert.deepEqual(split.map(({ label }) => label.replace(/tcp-.*?(-\d)?$/, "tcp$1")).length, 9);
    for (const { label, ports: text = "", sources } of split) {
      assert.ok(label.length <= LINODE_LIMITS.ruleLabelLongest.limit, label);
      assert.match(label, LINODE_LABELS.common);
      assert.ok(text.split(/, |-/).length <= LINODE_LIMITS.portPiecesOfRule.limit, text);
      const count = sources.kind === "peers" ? sources.peers.length : sources.ranges.length;
      assert.ok(count > 0 && count <= LINODE_LIMITS.addressesOfRule.limit);
    }
    const ike = split.filter(({ label }) => label.startsWith("ike"));
    assert.deepEqual(
      ike.map(({ label }) => label),
      ["ike", "ike-2"],
    );
  });

  test("the order of services, ports and ranges changes nothing", () => {
    const written = [
      accept("a", single(3), ["192.0.2.0/26", "203.0.113.0/24"]),
      accept("b", [[22, 22]], ["0.0.0.0/0"]),
    ];
    const other = [...written].reverse().map((one) => ({ ...one, ports: [...one.ports].reverse() }));
    assert.deepEqual(rules(other), rules(written));
  });
});
