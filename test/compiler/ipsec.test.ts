import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planAddresses } from "../../compiler/decide/addresses";
import { facetText } from "../../compiler/render/facet";
import { ipsec } from "../../compiler/render/ipsec";
import { stack } from "./support/cases";
import { decideWorld } from "./support/rendered";
import { modelAfter, stackAfter } from "./support/sample";
import { world } from "./support/world";

interface Connection {
  peer: string;
  local: string;
  remote: string;
  identity: string;
}

const CONNECTION =
  / {2}([a-z0-9-]+)_v[46] : palisade-peer \{\n {4}local_addrs = (\S+)\n {4}remote_addrs = (\S+)\n {4}remote \{\n {6}id = (\S+)\n/g;

function read(text: string): Connection[] {
  return [...text.matchAll(CONNECTION)].map(([, peer = "", local = "", remote = "", identity = ""]) => ({
    peer,
    local,
    remote,
    identity,
  }));
}

/** The braces of a text close what they open. */
function balance(text: string): number {
  let depth = 0;
  for (const character of text) {
    depth += character === "{" ? 1 : character === "}" ? -1 : 0;
    assert.ok(depth >= 0, "a brace closes nothing");
  }
  return depth;
}

describe("swanctl.conf", () => {
  test("each connection has its other end in the peer's, with the addresses the other way round", () => {
    fc.assert(
      fc.property(world, (written) => {
        const { model, book } = decideWorld(written);
        const all = [...model.hosts.values()].flatMap((host) => {
          const text = facetText(ipsec(host, model, book));
          assert.equal(balance(text), 0);
          const found = read(text);
          assert.deepEqual([...new Set(found.map(({ peer }) => peer))], [...host.peers]);
          return found.map((connection) => ({ host: host.name, ...connection }));
        });
        const ends = new Set(
          all.map(({ host, peer, local, remote }) => `${host} ${peer} ${local} ${remote}`),
        );
        assert.equal(ends.size, all.length);
        for (const { host, peer, local, remote, identity } of all) {
          assert.ok(ends.has(`${peer} ${host} ${remote} ${local}`));
          assert.equal(identity, `${peer}.dev.palisade`);
          assert.ok([book.get(peer)?.ipv4?.address, book.get(peer)?.ipv6].includes(remote));
        }
      }),
    );
  });

  test("a host without peers has no connection at all", () => {
    const isolate = stack(
      "  palisade:certificateEpoch",
      "  palisade:isolated: [db-1]\n  palisade:certificateEpoch",
    );
    const model = modelAfter(isolate);
    const host = model.hosts.get("db-1");
    assert.ok(host);
    const { book } = planAddresses(stackAfter(isolate).inventory);
    assert.doesNotMatch(facetText(ipsec(host, model, book)), /palisade-peer|pass/);
  });

  test("peers that cannot reach each other are an error, never a gap", () => {
    const model = modelAfter();
    const host = model.hosts.get("db-1");
    assert.ok(host);
    const book = new Map(planAddresses(stackAfter().inventory).book);
    book.set("app-1", { ipv4: { address: "198.51.100.40", network: "linode/prod/us-east" } });
    assert.throws(() => ipsec(host, model, book), /db-1 and app-1 have a flow and share no address family/);
    book.delete("app-1");
    assert.throws(() => ipsec(host, model, book), /no addresses are known of app-1/);
  });
});

describe("a facet's document", () => {
  const facet = (text: string) => ({
    facet: "ipsec" as const,
    host: "h",
    environment: "dev",
    files: [{ name: "f", text }],
  });

  test("names its files and shows its end", () => {
    assert.equal(facetText(facet("a\nb\n")), "# palisade ipsec for h (dev)\n#=== file f\na\nb\n#=== end\n");
    assert.equal(facetText(facet("")), "# palisade ipsec for h (dev)\n#=== file f\n#=== end\n");
  });

  test("refuses a text that could be taken for its own marks, or that breaks off", () => {
    assert.throws(() => facetText(facet("a\n#=== end\n")), /begins with #===/);
    assert.throws(() => facetText(facet("a")), /does not end with a newline/);
  });
});
