import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkAddresses } from "../../compiler/decide/addresses";
import { decide } from "../../compiler/decide/decide";
import { flows } from "../../compiler/decide/flows";
import type { Addresses, FleetModel, Group, Policy, Source } from "../../compiler/model";
import { accounts } from "../../compiler/render/accounts";
import { facetText } from "../../compiler/render/facet";
import { firewall } from "../../compiler/render/firewall";
import { renderFleet } from "../../compiler/render/fleet";
import { ipsec } from "../../compiler/render/ipsec";
import { TODAY } from "./support/sample";

/*
 * What keeps a large fleet cheap, held by counting work; how long it takes is for bench/compile to say.
 */

/** An address book that counts how often somebody's addresses are looked up. */
class CountingBook extends Map<string, Addresses> {
  lookups = 0;

  override get(name: string): Addresses | undefined {
    this.lookups++;
    return super.get(name);
  }
}

interface Fleet {
  model: FleetModel;
  book: CountingBook;
}

/**
 * Hosts in four groups in a ring, each open to the next; with
 * `self` to its own hosts too; with `mesh` each host in a group of its own, all open to all.
 */
function makeFleet(hosts: number, options: { mesh?: boolean; self?: boolean } = {}): Fleet {
  const groupCount = options.mesh === true ? hosts : 4;
  const nameOf = (index: number) => `g${index % groupCount}`;
  const groups = Array.from({ length: groupCount }, (_, index): [string, Group] => {
    const next = { kind: "group", group: nameOf(index + 1) } as const;
    const sources: Source[] = options.mesh === true ? [{ kind: "any" }] : [next];
    if (options.self === true) sources.push({ kind: "self" });
    const from = sources.map((source, at) => ({
      source,
      path: `groups.${nameOf(index)}.services.api.from[${at}]`,
    }));
    const ports = [{ protocol: "tcp" as const, first: 443, last: 443 }];
    return [
      nameOf(index),
      { name: nameOf(index), services: [{ name: "api", ports, from }], logins: [], serviceAccounts: [] },
    ];
  });
  const all: Group = { name: "all", services: [], logins: [], serviceAccounts: [] };
  const policy: Policy = {
    groups: new Map([["all", all], ...groups]),
    teams: new Map(),
    people: new Map(),
    serviceAccounts: new Map(),
    networks: new Map([["fleet", { name: "fleet", ipv4: ["198.18.0.0/15"], ipv6: [] }]]),
    tests: [],
  };
  const names = Array.from({ length: hosts }, (_, index) => `h${String(index).padStart(4, "0")}`);
  const book = new CountingBook(
    names.map((name, index) => [
      name,
      { ipv4: { address: `198.18.${index >> 8}.${index & 255}`, network: "public" } },
    ]),
  );
  const listed = names.map((name, index) => ({ name, groups: ["all", nameOf(index)] }));
  const inventory = { environment: "bench", isolated: [], failsafe: ["203.0.113.0/28"], ipcomp: false };
  return { model: decide(policy, { ...inventory, hosts: listed }, TODAY), book };
}

/** How many values can be reached from one, getters not run: what is held. */
function heldBy(root: unknown): number {
  const seen = new Set<object>();
  const open: unknown[] = [root];
  let count = 0;
  while (open.length > 0) {
    const value = open.pop();
    count++;
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof Map) open.push(...value.keys(), ...(value.values() as Iterable<unknown>));
    else if (value instanceof Set) open.push(...(value as Set<unknown>));
    for (const property of Object.values(Object.getOwnPropertyDescriptors(value))) {
      const content: unknown = property.value;
      open.push(content);
    }
  }
  return count;
}

/** The same list, which counts what is read of it. */
function counted<T>(list: readonly T[], count: { read: number }): readonly T[] {
  return new Proxy(list, {
    get(target, key, receiver) {
      if (typeof key === "string" && /^\d+$/.test(key)) count.read++;
      return Reflect.get(target, key, receiver) as unknown;
    },
  });
}

describe("a large fleet", () => {
  test("is rendered host by host to the same text as each host alone", () => {
    const { model, book } = makeFleet(24, { self: true });
    const found = [...renderFleet(model, book)];
    assert.equal(found.length, 24);
    for (const { host, facets } of found) {
      assert.deepEqual(facets, [
        accounts(host, model),
        firewall(host, model, book),
        ipsec(host, model, book),
      ]);
      const text = facets.map(facetText).join("");
      const peers = [...text.matchAll(/^ {2}(\S+)_v4 : /gm)].map(([, name]) => name);
      assert.deepEqual(peers, host.peers);
      const own = book.get(host.name)?.ipv4?.address;
      assert.ok(own !== undefined && !text.split("\n").some((line) => line === `add peers.4 ${own}`));
      assert.equal(text.match(/^add peers\.4 /gm)?.length, host.peers.length);
    }
  });

  test("has what hosts of the same groups share worked out once for all of them", () => {
    const lookups = (hosts: number) => {
      const { model, book } = makeFleet(hosts);
      book.lookups = 0;
      const rendered = [...renderFleet(model, book)];
      assert.equal(rendered.length, hosts);
      return book.lookups;
    };
    const pairs = (hosts: number) => hosts * (hosts / 2);
    assert.ok(lookups(400) < 2.1 * lookups(200), "grows as the hosts do, and not as their pairs");
    assert.ok(lookups(400) < pairs(400) / 10, "and is far below one for each pair");
  });

  test("is rendered as it is written: the first host waits for no other kind", () => {
    const { model, book } = makeFleet(400);
    book.lookups = 0;
    const first = renderFleet(model, book).next();
    assert.equal(first.done, false);
    // One look at each host to tell the alike, then those whom the first one meets, for its sets and its links.
    assert.ok(book.lookups < 400 + 4 * 200, `${book.lookups}`);
  });

  test("holds no list of pairs once it is decided, even where all may reach all", () => {
    const held = (hosts: number) => heldBy(makeFleet(hosts, { mesh: true }).model);
    assert.ok(held(400) < 2.1 * held(200), `${held(200)} values for 200 hosts, ${held(400)} for 400`);
  });

  test("is looked through for unreachable peers without a look at pairs, where nobody is unreachable", () => {
    const lookups = (hosts: number) => {
      const { model, book } = makeFleet(hosts, { mesh: true });
      book.lookups = 0;
      assert.deepEqual(checkAddresses(model, book, "bench"), []);
      return book.lookups;
    };
    assert.equal(lookups(400), 400);
  });

  test("has each host with an unreachable peer told all the same", () => {
    const { model, book } = makeFleet(8, { mesh: true });
    book.set("h0003", { ipv4: { address: "198.18.0.3", network: "elsewhere" } });
    const problems = checkAddresses(model, book, "bench");
    assert.equal(problems.length, 7);
    assert.ok(problems.every(({ message, path }) => path === "h0003" || message.includes("h0003")));
  });

  test("has its flows told one source at a time", () => {
    const { model } = makeFleet(40, { mesh: true });
    const looked = { read: 0 };
    const groups = [...model.groups].map(([name, group]) => {
      const accepts = group.accepts.map((accept) => ({ ...accept, ports: counted(accept.ports, looked) }));
      return [name, { ...group, accepts }] as const;
    });
    const found = flows({ ...model, groups: new Map(groups) });
    assert.equal(found.next().done, false);
    assert.equal(looked.read, 40);
    assert.equal([...found].length, 40 * 39 - 1);
    assert.equal(looked.read, 40 * 40);
  });
});
