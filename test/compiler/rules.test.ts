import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planAddresses } from "../../compiler/decide/addresses";
import { stack } from "./support/cases";
import { decidePacket, type Packet, type Ruleset, type Verdict } from "./support/evaluator";
import { readFirewall } from "./support/rendered";
import { modelAfter, sshKey, stackAfter, type Edit } from "./support/sample";

function rulesOf(host: string, ...edits: Edit[]): Record<"ipv4" | "ipv6", Ruleset> {
  const model = modelAfter(...edits);
  const found = model.hosts.get(host);
  assert.ok(found);
  return readFirewall(found, { model, book: planAddresses(stackAfter(...edits).inventory).book });
}

const NEW: Packet = {
  family: "ipv4",
  source: "192.88.99.1",
  protocol: "tcp",
  ipsec: false,
  state: "NEW",
  interface: "eth0",
};
const NEW6: Packet = { ...NEW, family: "ipv6", source: "2001:db8:9::1" };

type Row = [string, Packet, Verdict];

function rows(rules: Record<"ipv4" | "ipv6", Ruleset>, table: Row[], chain = "INPUT"): void {
  for (const [title, packet, verdict] of table) {
    test(title, () => assert.equal(decidePacket(rules[packet.family], packet, chain), verdict));
  }
}

const APP = "198.51.100.40";

const icmp6 = (icmpType: string, more: Partial<Packet> = {}): Packet => ({
  ...NEW6,
  protocol: "icmp",
  icmpType,
  state: "UNTRACKED",
  ...more,
});

describe("what every host needs", () => {
  rows(rulesOf("db-1"), [
    ["loopback", { ...NEW, interface: "lo", source: "127.0.0.1", destinationPort: 1 }, "ACCEPT"],
    ["an answer to what it opened", { ...NEW, state: "ESTABLISHED", answer: true }, "ACCEPT"],
    ["a connection that was allowed once", { ...NEW, state: "ESTABLISHED" }, "DROP"],
    [
      "the same, through IPsec from a peer",
      { ...NEW, source: APP, destinationPort: 9999, ipsec: true, state: "ESTABLISHED" },
      "DROP",
    ],
    [
      "a connection that is allowed",
      { ...NEW, source: "203.0.113.1", destinationPort: 22, state: "ESTABLISHED" },
      "ACCEPT",
    ],
    [
      "an error about what it opened",
      { ...NEW, protocol: "icmp", icmpType: "3/1", state: "RELATED" },
      "ACCEPT",
    ],
    [
      "an error about nothing it knows",
      { ...NEW, protocol: "icmp", icmpType: "3/1", state: "INVALID" },
      "DROP",
    ],
    [
      "path MTU, even of what conntrack lost",
      { ...NEW, protocol: "icmp", icmpType: "3/4", state: "INVALID" },
      "ACCEPT",
    ],
    ["path MTU over IPv6", icmp6("2", { state: "INVALID" }), "ACCEPT"],
    [
      "an invalid packet from the failsafe",
      { ...NEW, source: "203.0.113.1", destinationPort: 22, state: "INVALID" },
      "DROP",
    ],
    ["SSH from the failsafe", { ...NEW, source: "203.0.113.1", destinationPort: 22 }, "ACCEPT"],
    ["SSH from beside the failsafe", { ...NEW, source: "203.0.113.16", destinationPort: 22 }, "DROP"],
    ["another port from the failsafe", { ...NEW, source: "203.0.113.1", destinationPort: 23 }, "DROP"],
    ["a ping from outside", { ...NEW, protocol: "icmp", icmpType: "8" }, "DROP"],
    ["a neighbour's solicitation", icmp6("135", { source: "fe80::2", hopLimit: 255 }), "ACCEPT"],
    [
      "the same from a server of another environment",
      icmp6("135", { source: "2001:db8:8000::9", hopLimit: 255 }),
      "ACCEPT",
    ],
    ["a solicitation that a router passed on", icmp6("135", { source: "fe80::2", hopLimit: 254 }), "DROP"],
    ["a neighbour's advertisement", icmp6("136", { hopLimit: 255 }), "ACCEPT"],
    ["a router's advertisement", icmp6("134", { source: "fe80::1", hopLimit: 255 }), "ACCEPT"],
    ["a redirect", icmp6("137", { source: "fe80::1", hopLimit: 255 }), "DROP"],
    ["a listener query from the link", icmp6("130", { source: "fe80::1" }), "ACCEPT"],
    ["a listener query from elsewhere", icmp6("130"), "DROP"],
    [
      "DHCPv6 from the link",
      { ...NEW6, protocol: "udp", source: "fe80::1", sourcePort: 547, destinationPort: 546 },
      "ACCEPT",
    ],
    ["DHCPv6 from elsewhere", { ...NEW6, protocol: "udp", sourcePort: 547, destinationPort: 546 }, "DROP"],
    ["something forwarded", { ...NEW, destinationPort: 5432 }, "DROP"],
  ]);
});

describe("what goes through IPsec", () => {
  const [A, B, STRANGER] = ["2001:db8:c000::1", "2001:db8:c000::2", "2001:db8:c000::3"];
  const app = (name: string, address: string) =>
    `    - { name: ${name}, on: existing, groups: [app], address: "${address}", hostKey: ${sshKey(8)} }\n`;
  const rules = rulesOf(
    "db-1",
    stack("    - name: db-1", `${app("app-8", A)}${app("app-9", B)}    - name: db-1`),
  );
  const IN: Packet = { ...NEW6, source: A, destinationPort: 5432, ipsec: true };
  rows(rules, [
    ["a peer by its own link", IN, "ACCEPT"],
    ["a peer by another's link", { ...IN, through: B }, "DROP"],
    ["an answer by another peer's link", { ...IN, through: B, state: "ESTABLISHED" }, "DROP"],
    ["a peer by the link of no peer", { ...IN, through: STRANGER }, "DROP"],
    ["no peer, by a peer's link", { ...IN, source: STRANGER, through: A }, "DROP"],
    ["a network by a peer's link", { ...IN, source: "2001:db8:ff1::1", through: A }, "DROP"],
    ["a peer by its own link, in clear", { ...IN, ipsec: false }, "DROP"],
  ]);
  const OUT: Packet = { ...IN, source: "2001:db8:c000::230", destination: A, direction: "out" };
  rows(
    rules,
    [
      ["to a peer by its own link", { ...OUT, protocol: "esp" }, "ACCEPT"],
      ["to a peer by another's link", { ...OUT, protocol: "esp", through: B }, "DROP"],
      ["the same in UDP", { ...OUT, protocol: "udp", through: B, destinationPort: 4500 }, "DROP"],
      ["to no peer by a peer's link", { ...OUT, protocol: "esp", destination: STRANGER, through: A }, "DROP"],
      ["to anybody in clear", { ...OUT, ipsec: false, destination: STRANGER }, "ACCEPT"],
    ],
    "OUTPUT",
  );
});

describe("what goes out", () => {
  const OUT: Packet = { ...NEW, source: "198.51.100.230", direction: "out", destination: APP };
  rows(
    rulesOf("db-1"),
    [
      ["a new connection", { ...OUT, sourcePort: 40000, destinationPort: 443, syn: true }, "ACCEPT"],
      ["one from a low port", { ...OUT, sourcePort: 1023, destinationPort: 514, syn: true }, "ACCEPT"],
      ["an answer of a service", { ...OUT, sourcePort: 5432, state: "ESTABLISHED", answer: true }, "ACCEPT"],
      ["a service on a connection that tracking has forgotten", { ...OUT, sourcePort: 5432 }, "DROP"],
      ["the same over IPv6", { ...NEW6, direction: "out", sourcePort: 22 }, "DROP"],
      ["a client on such a connection", { ...OUT, sourcePort: 32768 }, "ACCEPT"],
      ["a datagram of a service", { ...OUT, protocol: "udp", sourcePort: 53 }, "ACCEPT"],
    ],
    "OUTPUT",
  );
});

test("nothing is forwarded and everything may go out, by default", () => {
  const { ipv4, ipv6 } = rulesOf("db-1");
  for (const rules of [ipv4, ipv6]) {
    assert.deepEqual(
      [...rules.policies],
      [
        ["INPUT", "DROP"],
        ["FORWARD", "DROP"],
        ["OUTPUT", "ACCEPT"],
      ],
    );
    assert.deepEqual(
      rules.chains.get("OUTPUT")?.map(({ target }) => target),
      ["PALISADE-POSED", "DROP"],
    );
    assert.deepEqual(rules.chains.get("FORWARD"), []);
  }
});

const ISOLATE = stack(
  "  palisade:certificateEpoch",
  "  palisade:isolated: [db-1]\n  palisade:certificateEpoch",
);

describe("what comes in to an isolated host", () => {
  rows(rulesOf("db-1", ISOLATE), [
    ["loopback", { ...NEW, interface: "lo", source: "127.0.0.1" }, "ACCEPT"],
    ["SSH from the failsafe", { ...NEW, source: "203.0.113.1", destinationPort: 22 }, "ACCEPT"],
    [
      "SSH from the failsafe, established",
      { ...NEW, source: "203.0.113.1", destinationPort: 22, state: "ESTABLISHED" },
      "ACCEPT",
    ],
    [
      "SSH from the failsafe over IPv6",
      { ...NEW6, source: "2001:db8:ff1::1", destinationPort: 22 },
      "ACCEPT",
    ],
    [
      "an answer to what it opened before",
      { ...NEW, state: "ESTABLISHED", answer: true, sourcePort: 443 },
      "DROP",
    ],
    [
      "a peer it had, through IPsec",
      { ...NEW, source: APP, destinationPort: 5432, ipsec: true, state: "ESTABLISHED" },
      "DROP",
    ],
    ["IKE from a peer it had", { ...NEW, source: APP, protocol: "udp", destinationPort: 500 }, "DROP"],
    ["ESP from a peer it had", { ...NEW, source: APP, protocol: "esp" }, "DROP"],
    ["a neighbour's solicitation", icmp6("135", { hopLimit: 255 }), "ACCEPT"],
    [
      "path MTU of the failsafe's connection",
      { ...NEW, protocol: "icmp", icmpType: "3/4", state: "RELATED" },
      "ACCEPT",
    ],
    ["a ping from the failsafe", { ...NEW, source: "203.0.113.1", protocol: "icmp", icmpType: "8" }, "DROP"],
  ]);
});

describe("what goes out of an isolated host", () => {
  const OUT: Packet = { ...NEW, source: "198.51.100.230", direction: "out", destination: "203.0.113.1" };
  rows(
    rulesOf("db-1", ISOLATE),
    [
      ["loopback", { ...OUT, interface: "lo" }, "ACCEPT"],
      ["answers of SSH to the failsafe", { ...OUT, sourcePort: 22, state: "ESTABLISHED" }, "ACCEPT"],
      ["a new connection to the failsafe", { ...OUT, sourcePort: 22 }, "DROP"],
      [
        "answers of SSH to others",
        { ...OUT, sourcePort: 22, state: "ESTABLISHED", destination: "192.88.99.1" },
        "DROP",
      ],
      ["answers of a service to the failsafe", { ...OUT, sourcePort: 5432, state: "ESTABLISHED" }, "DROP"],
      [
        "a name server's question",
        { ...OUT, protocol: "udp", destinationPort: 53, destination: "192.88.99.1" },
        "DROP",
      ],
      ["a connection to a peer it had", { ...OUT, destination: APP, destinationPort: 8000 }, "DROP"],
      [
        "a solicitation",
        { ...icmp6("135", { hopLimit: 255 }), direction: "out", destination: "fe80::1" },
        "ACCEPT",
      ],
      ["a ping", { ...icmp6("128"), direction: "out", destination: "2001:db8:ff1::1" }, "DROP"],
    ],
    "OUTPUT",
  );
});
