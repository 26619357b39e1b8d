import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkAddresses, planAddresses, sharedFamilies } from "../../compiler/decide/addresses";
import { chooseAddresses } from "../../compiler/decide/places";
import type { Addresses } from "../../compiler/model";
import { formatProblem } from "../../compiler/problem";
import { parseCidr } from "../../compiler/validate/cidr";
import { capacity } from "../../compiler/validate/subnet";
import { modelAfter, stackAfter } from "./support/sample";

const names = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `h${index}` }));

function room(subnet: string): number {
  const parsed = parseCidr(subnet);
  return "block" in parsed ? capacity(parsed.block) : -1;
}

describe("addresses chosen at plan time", () => {
  test("a subnet's first four and its last stay free, and all others can be used", () => {
    const chosen = [...chooseAddresses("198.51.100.32/28", names(11)).values()];
    const expected = Array.from({ length: 11 }, (_, index) => `198.51.100.${36 + index}`);
    assert.deepEqual(chosen.sort(), expected.sort());
    assert.throws(
      () => chooseAddresses("198.51.100.32/28", names(12)),
      /room for 11 hosts, and there are 12/,
    );
    assert.deepEqual(
      ["198.51.100.0/28", "198.51.100.0/29", "198.51.100.0/30", "198.51.100.0/32"].map(room),
      [11, 3, 0, 0],
    );
  });

  test("an address that is asked for is given, and nobody else has it", () => {
    const wish = chooseAddresses("198.51.100.0/27", names(1)).get("h0");
    const chosen = chooseAddresses("198.51.100.0/27", [{ name: "h0" }, { name: "other", address: wish }]);
    assert.equal(chosen.get("other"), wish);
    assert.notEqual(chosen.get("h0"), wish);
  });

  test("are different, within the subnet, and the same again", () => {
    const many = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/), { maxLength: 27 });
    fc.assert(
      fc.property(many, (list) => {
        const hosts = list.map((name) => ({ name }));
        const chosen = chooseAddresses("198.51.100.0/27", hosts);
        const numbers = [...chosen.values()].map((text) => Number(text.split(".")[3]));
        assert.equal(new Set(numbers).size, list.length);
        assert.ok(numbers.every((number) => number >= 4 && number <= 30));
        assert.deepEqual(chooseAddresses("198.51.100.0/27", hosts), chosen);
      }),
    );
  });

  test("a host at the end of the list moves nobody", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 26 }), (count) => {
        const before = chooseAddresses("198.51.100.0/27", names(count));
        const after = chooseAddresses("198.51.100.0/27", names(count + 1));
        for (const [name, address] of before) assert.equal(after.get(name), address);
      }),
    );
  });
});

test("two hosts share IPv4 inside a routing domain only, and IPv6 wherever both have it", () => {
  const here: Addresses = { ipv4: { address: "198.51.100.5", network: "aws/us" }, ipv6: "2001:db8::5" };
  const there: Addresses = { ipv4: { address: "198.51.100.6", network: "aws/eu" }, ipv6: "2001:db8::6" };
  const same: Addresses = { ipv4: { address: "198.51.100.7", network: "aws/us" } };
  assert.deepEqual(sharedFamilies(here, there), ["ipv6"]);
  assert.deepEqual(sharedFamilies(here, same), ["ipv4"]);
  assert.deepEqual(sharedFamilies(there, same), []);
  assert.deepEqual(sharedFamilies({}, {}), []);
});

describe("what keeps a fleet from working", () => {
  test("nothing, in the sample", () => {
    const { inventory } = stackAfter();
    const { book, placeholders } = planAddresses(inventory);
    assert.deepEqual(checkAddresses(modelAfter(), book, "f"), []);
    assert.deepEqual(placeholders, ["app-1", "bastion-1", "web-1", "web-2"]);
    assert.deepEqual(book.get("app-1")?.ipv4, { address: "198.51.100.40", network: "linode/dev/us-east" });
    assert.deepEqual(book.get("db-1"), {
      ipv4: { address: "198.51.100.230", network: "public" },
      ipv6: "2001:db8:c000::230",
    });
  });

  test("peers without a common family, hosts without or outside addresses, each told once", () => {
    const book = new Map(planAddresses(stackAfter().inventory).book);
    book.set("db-1", { ipv4: { address: "198.51.100.230", network: "public" } });
    book.delete("web-2");
    book.set("web-1", { ipv6: "2001:db8:1::1" });
    assert.deepEqual(checkAddresses(modelAfter(), book, "f").map(formatProblem), [
      "f: app-1: it has a flow with db-1, and the two share no address family: give both an IPv6 address",
      "f: bastion-1: it has a flow with db-1, and the two share no address family: give both an IPv6 address",
      'f: web-1: its address 2001:db8:1::1 is not within the network "fleet" of the policy; add its range there',
      "f: web-2: the host has no address",
    ]);
  });
});
