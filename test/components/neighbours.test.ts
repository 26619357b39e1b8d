import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { planAddresses } from "../../compiler/decide/addresses";
import { decide } from "../../compiler/decide/decide";
import type { AddressBook, HostModel } from "../../compiler/model";
import { readStack } from "../../compiler/read";
import { Neighbours } from "../../components/neighbours";
import { TODAY } from "../compiler/support/sample";

const stack = readStack(join(__dirname, "..", ".."), "prod", TODAY);
assert.ok(stack.ok);
const { policy, inventory } = stack.value;
const { book } = planAddresses(inventory);
const ISOLATED = "web-1";
const fleet = decide(policy, { ...inventory, isolated: [ISOLATED] }, TODAY);

/** What is known of a host's neighbourhood where the addresses of some hosts will never be known. */
async function known(host: HostModel, missing: readonly string[]): Promise<AddressBook | undefined> {
  const never = pulumi.output(new Promise<never>(() => undefined));
  const hosts = [...book].map(([name, addresses]) => {
    return [name, { addresses: missing.includes(name) ? never : pulumi.output(addresses) }] as const;
  });
  let found: AddressBook | undefined;
  new Neighbours(new Map(hosts), new Map()).of(host).apply((addresses) => (found = addresses));
  for (let count = 0; count < 50; count++) await turn();
  return found;
}

describe("the addresses that a host's rules are made of", () => {
  for (const host of fleet.hosts.values()) {
    const needed = [host.name, ...host.peers];

    test(`${host.name} waits for its own and its peers', and for nobody else's`, async () => {
      const others = [...fleet.hosts.keys()].filter((name) => !needed.includes(name));
      const found = await known(host, others);
      for (const name of needed) assert.deepEqual(found?.get(name), book.get(name), name);
      for (const name of needed) assert.equal(await known(host, [name]), undefined, name);
    });
  }

  test("the sample has hosts that are no peers, and one that has none", () => {
    assert.ok(
      [...fleet.hosts.values()].some(({ peers }) => peers.length > 0 && peers.length < book.size - 1),
    );
    assert.deepEqual(fleet.hosts.get(ISOLATED)?.peers, []);
  });

  test("are asked for once for all hosts of a kind", () => {
    const asked: string[] = [];
    const hosts = new Map(
      [...book].map(([name, addresses]) => {
        const host = {
          get addresses() {
            asked.push(name);
            return pulumi.output(addresses);
          },
        };
        return [name, host];
      }),
    );
    const neighbours = new Neighbours(hosts, new Map());
    const [one, two] = [...fleet.hosts.values()].filter(({ groups }) => groups.includes("app"));
    assert.ok(one !== undefined && two?.kind === one.kind);
    neighbours.of(one);
    neighbours.of(two);
    assert.deepEqual(asked.sort(), [...one.kind.peers, one.name, two.name].sort());
  });

  test("are, of a host elsewhere, what its stack told", async () => {
    const host = [...fleet.hosts.values()].find(({ peers }) => peers.length > 0);
    assert.ok(host !== undefined);
    const [peer = ""] = host.peers;
    const hosts = new Map([[host.name, { addresses: pulumi.output(book.get(host.name) ?? {}) }]]);
    const found = await new Promise<AddressBook>((resolve) => {
      new Neighbours(hosts, book).of(host).apply(resolve);
    });
    assert.deepEqual(found.get(peer), book.get(peer));
  });
});
