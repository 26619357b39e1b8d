/** What the provider `command` answers before anything runs: the lab's, and that of a release. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Properties, secret, unknown } from "../../lab/grpc/values";
import { CommandClient, type Difference } from "./support/command-client";
import { PROVIDERS } from "./support/originals";
import { serveAttached } from "./support/served";

const HOP = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };

/** Inputs, and what they are after a check. */
const COMPLETED: [name: string, inputs: Properties, completed: Properties][] = [
  [
    "a connection gets its defaults and is secret",
    { connection: { host: "h" }, create: "true" },
    { connection: secret({ ...HOP, host: "h" }), create: "true" },
  ],
  [
    "its keys are secret by themselves, a proxy's too",
    { connection: secret({ host: "h", privateKey: "K", proxy: { host: "p", password: "w" } }) },
    {
      connection: secret({
        ...{ ...HOP, host: "h", privateKey: secret("K") },
        proxy: { ...HOP, host: "p", password: secret("w") },
      }),
    },
  ],
  [
    "what is given stays",
    { connection: { host: "h", user: "u", port: 2222, dialErrorLimit: -1, perDialTimeout: 0 } },
    { connection: secret({ host: "h", user: "u", port: 2222, dialErrorLimit: -1, perDialTimeout: 0 }) },
  ],
  [
    "null is as if it were not there",
    { connection: { host: "h", user: null, privateKey: null }, create: null },
    { connection: secret({ ...HOP, host: "h" }) },
  ],
  [
    "what a preview does not know stays so",
    {
      connection: { host: unknown },
      stdin: unknown,
      environment: { A: "b", B: unknown },
      triggers: [unknown],
    },
    {
      connection: secret({ ...HOP, host: unknown }),
      stdin: unknown,
      environment: { A: "b", B: unknown },
      triggers: [unknown],
    },
  ],
  [
    "other secrets stay secret, triggers are of any kind",
    { connection: { host: "h" }, stdin: secret("x"), triggers: [null, 1, { a: 1 }] },
    { connection: secret({ ...HOP, host: "h" }), stdin: secret("x"), triggers: [null, 1, { a: 1 }] },
  ],
];

/** Inputs that are refused, and what the message has to name. */
const REFUSED: [inputs: Properties, named: string[]][] = [
  [{}, ["connection"]],
  [{ connection: null }, ["connection"]],
  [{ connection: {} }, ["host"]],
  [{ connection: { host: "h", port: "22" } }, ["port"]],
  [{ connection: { host: "h", privateKey: "KEY", colour: "KEY" } }, ["colour"]],
  [{ connection: { host: "h", proxy: { user: "u" } } }, ["host"]],
  [{ connection: { host: "h" }, create: 1, extra: true }, ["create", "extra"]],
  [{ connection: { host: "h" }, environment: { A: 1 } }, ["environment"]],
  [{ connection: { host: "h" }, triggers: "x" }, ["triggers"]],
  [{ connection: { host: "h" }, addPreviousOutputInEnv: "yes" }, ["addPreviousOutputInEnv"]],
];

const BASE: Properties = {
  connection: secret({ host: "h", port: 22 }),
  create: "a",
  triggers: ["one"],
  stdin: "a",
  environment: { A: "1" },
};

/** Changes of BASE (null takes away), and the paths that differ. */
const CHANGED: [change: Properties, paths: Record<string, string>, replaces?: string[]][] = [
  [{}, {}],
  [{ version: "1.2.1", __internal: "x" }, {}],
  [{ stdin: "b" }, { stdin: "UPDATE" }],
  [{ stdin: secret("a") }, { stdin: "UPDATE" }],
  [{ stdin: unknown }, { stdin: "UPDATE" }],
  [{ stdin: null }, { stdin: "DELETE" }],
  [
    { create: "b", update: "c" },
    { create: "UPDATE", update: "ADD" },
  ],
  [{ environment: { "B.c": "1" } }, { "environment.A": "DELETE", 'environment["B.c"]': "ADD" }],
  [{ connection: secret({ host: "h2", port: 22 }) }, { connection: "UPDATE" }],
  [{ connection: secret({ host: "h", port: 22, proxy: { host: "p" } }) }, { connection: "UPDATE" }],
  [{ connection: { host: "h", port: 22 } }, { connection: "UPDATE" }],
  [{ triggers: ["two"] }, { "triggers[0]": "UPDATE" }],
  [{ triggers: ["one", "two"] }, { "triggers[1]": "ADD" }],
  [{ triggers: [] }, { "triggers[0]": "DELETE" }],
  [{ triggers: [{ a: 1 }] }, { "triggers[0]": "UPDATE" }],
  [{ triggers: null }, { triggers: "DELETE_REPLACE" }, ["triggers"]],
];

for (const { name, missing, start } of PROVIDERS) {
  describe(name, { skip: missing ?? false }, () => {
    let client: CommandClient;
    before(async () => {
      client = await CommandClient.start(start);
    });
    after(() => client.stop());

    for (const [what, inputs, completed] of COMPLETED) {
      test(`a check: ${what}`, async () => {
        assert.deepEqual(await client.check(inputs), { inputs: completed, failures: [] });
      });
    }

    for (const [inputs, named] of REFUSED) {
      test(`a check refuses ${JSON.stringify(inputs)}`, async () => {
        const { failures } = await client.check(inputs);
        assert.equal(failures.length, named.length, failures.join("\n"));
        for (const one of named) assert.match(failures.join("\n"), new RegExp(one));
      });
    }

    for (const [change, paths, replaces = []] of CHANGED) {
      test(`a change: ${JSON.stringify(change)}`, async () => {
        const after = Object.entries({ ...BASE, ...change }).filter(([, value]) => value !== null);
        const expected: Difference = {
          paths,
          replaces,
          top: [...new Set(Object.keys(paths).map((path) => path.replace(/[.[].*/, "")))].sort(),
        };
        assert.deepEqual(await client.diff(BASE, Object.fromEntries(after)), expected);
      });
    }

    test("triggers that come make another resource, changed members are told by their paths", async () => {
      const without = Object.fromEntries(Object.entries(BASE).filter(([name]) => name !== "triggers"));
      assert.deepEqual(await client.diff(without, BASE), {
        ...{ paths: { triggers: "ADD_REPLACE" }, replaces: ["triggers"], top: ["triggers"] },
      });
      const nested = (one: Properties): Properties => ({ ...BASE, triggers: [one] });
      const { paths } = await client.diff(nested({ a: 1, "x y": 2 }), nested({ a: 2, "x y": 3, z: 1 }));
      assert.deepEqual(paths, {
        "triggers[0].a": "UPDATE",
        'triggers[0]["x y"]': "UPDATE",
        "triggers[0].z": "ADD",
      });
    });

    test("a preview dials nobody and does not know what will be printed", async () => {
      const { outputs } = await client.create(BASE, { preview: true });
      assert.deepEqual(outputs, { ...BASE, stdout: unknown, stderr: unknown });
      const before = { ...BASE, stdout: "o", stderr: "e" };
      const after = { ...BASE, stdin: "b" };
      assert.deepEqual(await client.update(before, after, true), {
        ...after,
        ...{ stdout: unknown, stderr: unknown },
      });
      assert.deepEqual(client.engine.logged, []);
    });

    test("reading gives the state as it is", async () => {
      const state = { ...BASE, stdout: "o", stderr: "e" };
      assert.deepEqual(await client.read(state, BASE), ["x", state, BASE]);
    });
  });
}

describe("the lab's command alone", () => {
  let client: CommandClient;
  before(async () => {
    client = await CommandClient.start(() => serveAttached({ command: true }));
  });
  after(() => client.stop());

  test("a refusal says no value: what is no secret to the program may be one", async () => {
    const { failures } = await client.check({
      connection: { host: "h", privateKey: "KEY-MATERIAL", colour: "KEY-MATERIAL", port: "KEY-MATERIAL" },
      logging: "KEY-MATERIAL",
    });
    assert.deepEqual(failures.map((one) => one.replace(/^: ([^:]*):.*/, "$1")).sort(), [
      ...["connection.colour", "connection.port", "logging"],
    ]);
    assert.doesNotMatch(failures.join("\n"), /KEY-MATERIAL/);
    // A property that is named is printed by the engine, with its value.
    assert.ok(failures.every((one) => one.startsWith(": ")));
  });

  test("what it does not serve, it refuses by name", async () => {
    const urn = (type: string): string => `urn:pulumi:dev::test::${type}::x`;
    for (const type of ["command:local:Command", "command:remote:CopyToRemote"]) {
      await assert.rejects(client.check({}, urn(type)), new RegExp(`${type} is not served here`));
      await assert.rejects(client.create({}, { urn: urn(type) }), new RegExp(`${type} is not served here`));
    }
  });
});
