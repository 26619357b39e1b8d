import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { before, beforeEach, describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { makePaced, type Paced } from "../../components/pace";

const AT_A_TIME = 3;
const ITEMS = Array.from({ length: 10 }, (_, index) => `host-${index}`);

/** The registrations that wait, by name; each is answered by a call. */
const waiting = new Map<string, () => void>();
const order: string[] = [];

/** As a host is: a component, and what it is made of, one after another. */
class Host extends pulumi.ComponentResource implements Paced {
  readonly last: pulumi.Resource;

  constructor(name: string) {
    super("test:index:Host", name);
    const first = new pulumi.ComponentResource("test:index:Step", `${name}-first`, {}, { parent: this });
    this.last = new Step(`${name}-last`, { parent: this, dependsOn: [first] });
  }
}

class Step extends pulumi.CustomResource {
  constructor(name: string, opts: pulumi.CustomResourceOptions) {
    super("test:index:Step", name, {}, opts);
  }
}

/** Lets the SDK do all it can do without an answer. */
async function settle(): Promise<void> {
  for (let count = 0; count < 50; count++) await turn();
}

describe("a large stack", () => {
  before(() =>
    pulumi.runtime.setMocks({
      newResource: ({ name, custom }) =>
        new Promise((resolve) => {
          const answer = (): void => resolve({ id: `${name}-id`, state: {} });
          if (custom !== true) answer();
          else {
            order.push(name);
            waiting.set(name, answer);
          }
        }),
      call: () => ({}),
    }),
  );
  beforeEach(() => {
    waiting.clear();
    order.length = 0;
  });

  test("has so many hosts with the engine at a time, and all of them in the end, in order", async () => {
    let all: Host[] | undefined;
    const making = makePaced(ITEMS, (name) => new Host(name), AT_A_TIME).then((made) => (all = made));
    for (let answered = 0; answered < ITEMS.length; answered++) {
      await settle();
      assert.equal(waiting.size, Math.min(AT_A_TIME, ITEMS.length - answered));
      assert.equal(all !== undefined, answered >= ITEMS.length - AT_A_TIME, "made is not answered for");
      const [name = "", answer] = [...waiting][0] ?? [];
      waiting.delete(name);
      answer?.();
    }
    assert.equal((await making).length, ITEMS.length);
    assert.deepEqual(
      order,
      ITEMS.map((name) => `${name}-last`),
    );
  });

  test("goes on past a host for which nobody answers", async () => {
    const [held, ...others] = ITEMS.map((name) => `slow-${name}`);
    assert.ok(held !== undefined);
    void makePaced([held, ...others], (name) => new Host(name), AT_A_TIME);
    for (let answered = 0; answered < others.length; answered++) {
      await settle();
      const [name = "", answer] = [...waiting].find(([key]) => key !== `${held}-last`) ?? [];
      waiting.delete(name);
      answer?.();
    }
    await settle();
    assert.deepEqual([...waiting.keys()], [`${held}-last`]);
    assert.equal(order.length, ITEMS.length);
    waiting.get(`${held}-last`)?.();
  });

  test("fails where one of its hosts can't be made", async () => {
    const making = makePaced(["one"], (): Host => {
      throw new Error("not a host identity");
    });
    await assert.rejects(making, /not a host identity/);
  });
});
