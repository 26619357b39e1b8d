/** The engine's plain parts: values, paths, differences, URNs, durations, changes as text. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formerUrns } from "../../lab/engine/aliases";
import { changeLines } from "../../lab/engine/change-text";
import { differences, pathsOf } from "../../lab/engine/diff";
import { parseDuration } from "../../lab/engine/goal";
import { withoutStack } from "../../lab/engine/monitor";
import { contains, formatPath, parsePath, resetIgnored, valueAt } from "../../lab/engine/paths";
import { Vault } from "../../lab/engine/secrets";
import { openProperties, sealProperties } from "../../lab/engine/state";
import { makeUrn, parseUrn } from "../../lab/engine/urn";
import {
  equal,
  fillUnknowns,
  type Properties,
  Secret,
  show,
  unknown,
  type Value,
} from "../../lab/engine/values";
import { fromStruct, toStruct } from "../../lab/engine/wire";

const name = fc.stringMatching(/^[a-z][a-zA-Z0-9]{0,8}$/);
const leaf: fc.Arbitrary<Value> = fc.oneof(fc.string(), fc.boolean(), fc.integer(), fc.constant(null));

function values(secrets: boolean): fc.Arbitrary<Properties> {
  const { properties } = fc.letrec<{ properties: Properties; value: Value }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie("value"), { maxLength: 3 }),
      tie("properties"),
      ...(secrets ? [tie("value").map((inner) => new Secret(inner))] : []),
    ),
    properties: fc.dictionary(name, tie("value"), { maxKeys: 3 }),
  }));
  return properties;
}

test("what goes over the wire comes back the same", () => {
  fc.assert(fc.property(values(true), (properties) => equal(fromStruct(toStruct(properties)), properties)));
  const odd = { a: unknown, b: [unknown], c: new Secret(unknown) };
  assert.deepEqual(fromStruct(toStruct(odd)), odd);
  assert.deepEqual(fromStruct(toStruct({ a: new Secret({ b: new Secret(1) }) }, { secrets: false })), {
    a: { b: 1 },
  });
});

test("what goes into the state comes back the same, and no secret can be read in it", () => {
  const vault = Vault.create("passphrase");
  fc.assert(
    fc.property(values(true), (properties) => {
      const stored: Properties = JSON.parse(
        JSON.stringify(sealProperties(properties, vault, "x")),
      ) as Properties;
      return equal(openProperties(stored, vault, "x"), properties);
    }),
  );
  const sealed = JSON.stringify(
    sealProperties({ a: new Secret({ b: ["hush"] }), c: [new Secret("hush")] }, vault, "x"),
  );
  assert.ok(!sealed.includes("hush"));
});

test("properties differ from themselves nowhere, and from others exactly where a leaf is another", () => {
  fc.assert(
    fc.property(values(true), values(true), (left, right) => {
      assert.deepEqual(differences(left, left), []);
      assert.equal(differences(left, right).length === 0, equal(left, right));
    }),
  );
  const before = { a: 1, list: [1, 2], map: { x: 1, y: 2 }, s: new Secret("a"), same: new Secret({ k: 1 }) };
  const after = { list: [1, 3, 4], map: { y: 2, z: 3 }, s: "a", same: new Secret({ k: 1 }), u: unknown };
  assert.deepEqual(pathsOf(differences(before, after)), [
    "a",
    "list[1]",
    "list[2]",
    "map.x",
    "map.z",
    "s",
    "u",
  ]);
  assert.deepEqual(pathsOf(differences({ u: unknown }, { u: unknown })), ["u"]);
});

test("paths read as they are written", () => {
  const paths: [string, (string | number)[]][] = [
    ["tags.Name", ["tags", "Name"]],
    ["triggers[0]", ["triggers", 0]],
    ["rules[*].port", ["rules", "*", "port"]],
    ['root["a.b"].c', ["root", "a.b", "c"]],
    ['["with \\"quotes\\""]', ['with "quotes"']],
  ];
  for (const [text, steps] of paths) assert.deepEqual(parsePath(text), steps, text);
  for (const text of ["a[", "a[x]", 'a["b]']) assert.equal(parsePath(text), undefined, text);
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string({ minLength: 1 }), fc.nat(99)), { minLength: 1 }), (steps) => {
      const concrete = steps.filter((step) => step !== "*");
      assert.deepEqual(parsePath(formatPath(concrete)), concrete);
    }),
  );
  assert.ok(contains(["a", "*"], ["a", 3, "b"]));
  assert.ok(!contains(["a", "b"], ["a"]));
  assert.ok(!contains(["a", "b"], ["a", "c"]));
});

test("a value inside a secret is secret", () => {
  const properties = { connection: new Secret({ host: "h", keys: ["k"] }) };
  assert.deepEqual(valueAt(properties, ["connection", "keys", 0]), new Secret("k"));
  assert.equal(valueAt(properties, ["connection", "none"]), undefined);
  assert.deepEqual(show({ ...properties, u: [unknown] }), { connection: "[secret]", u: ["[unknown]"] });
});

test("ignored paths go back to what they were, and no others", () => {
  const old = {
    a: 1,
    tags: { x: "old", gone: "old" },
    rules: [{ port: 1, name: "n" }],
    s: new Secret({ k: 1, l: 1 }),
  };
  const now = {
    a: 2,
    tags: { x: "new", y: "new" },
    rules: [{ port: 2, name: "m" }],
    s: new Secret({ k: 2, l: 2 }),
  };
  const ignoring = (...paths: string[]): Properties => resetIgnored(now, old, paths);
  assert.deepEqual(ignoring("a")["a"], 1);
  assert.deepEqual(ignoring("tags.x", "tags.y", "tags.gone")["tags"], { x: "old", gone: "old" });
  assert.deepEqual(ignoring("rules[*].port")["rules"], [{ port: 1, name: "m" }]);
  assert.deepEqual(ignoring("rules[7]", "none.at.all", "]["), now);
  assert.deepEqual(ignoring("s.k")["s"], new Secret({ k: 1, l: 2 }));
});

test("unknowns left by a failure are filled from before, or left out", () => {
  const before = { hosts: { a: { ip: "1" }, b: { ip: "2" } }, gone: "x" };
  const now = { hosts: { a: { ip: unknown }, b: { ip: "3" }, c: { ip: unknown } }, fresh: unknown };
  assert.deepEqual(fillUnknowns(now, before), { hosts: { a: { ip: "1" }, b: { ip: "3" }, c: {} } });
});

test("URNs", () => {
  const stack = makeUrn("dev", "p", "", "pulumi:pulumi:Stack", "p-dev");
  const box = makeUrn("dev", "p", stack, "p:index:Box", "box");
  const child = makeUrn("dev", "p", box, "aws:ec2/instance:Instance", "web::1");
  assert.equal(box, "urn:pulumi:dev::p::p:index:Box::box");
  assert.equal(child, "urn:pulumi:dev::p::p:index:Box$aws:ec2/instance:Instance::web::1");
  assert.deepEqual(parseUrn(child), {
    stack: "dev",
    project: "p",
    qualifiedType: "p:index:Box$aws:ec2/instance:Instance",
    type: "aws:ec2/instance:Instance",
    name: "web::1",
  });
  assert.throws(() => parseUrn("urn:pulumi:dev::p"), /not a resource URN/);
});

test("former names: own aliases, the parent's, and both together", () => {
  const parent = "urn:pulumi:dev::p::p:index:Box::crate";
  const former = new Map([[parent, "urn:pulumi:dev::p::p:index:Box::box"]]);
  const alias = { name: "crate-z", type: "", stack: "", project: "", parent: "", noParent: false };
  const child = { type: "t:i:T", name: "crate-a", parent, aliases: [alias] };
  assert.deepEqual(formerUrns(child, "dev", "p", former), [
    "urn:pulumi:dev::p::p:index:Box$t:i:T::crate-z",
    "urn:pulumi:dev::p::p:index:Box$t:i:T::box-a",
    "urn:pulumi:dev::p::p:index:Box$t:i:T::box-z",
  ]);
});

test("durations as Go writes them", () => {
  assert.equal(parseDuration("1h30m"), 5400);
  assert.equal(parseDuration("1.5s"), 1.5);
  assert.equal(parseDuration("250ms"), 0.25);
  assert.equal(parseDuration(""), 0);
  for (const bad of ["10", "m", "10 m", "-5m"])
    assert.throws(() => parseDuration(bad), /is no duration/, bad);
});

test("a text of several lines is shown as a diff with three lines of context", () => {
  const lines = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
  const old = `${lines.join("\n")}\n`;
  const change = {
    path: "stdin",
    kind: "update",
    replaces: false,
    old,
    new: old.replace("five", "FIVE"),
  } as const;
  assert.deepEqual(
    changeLines(change).map(({ mark, text }) => `${mark}|${text}`),
    [
      "plain|stdin:",
      "heading|  @@ -2,7 +2,7 @@",
      "plain|   two",
      "plain|   three",
      "plain|   four",
      "removed|  -five",
      "added|  +FIVE",
      "plain|   six",
      "plain|   seven",
      "plain|   eight",
    ],
  );
  const short = { path: "triggers[0]", kind: "update", replaces: true, old: "a", new: "b" } as const;
  assert.deepEqual(changeLines(short), [{ mark: "plain", text: '~ triggers[0]: (replaces) "a" => "b"' }]);
  const secret = { path: "key", kind: "update", replaces: false, old: "[secret]", new: "[secret]" } as const;
  assert.deepEqual(changeLines(secret), [{ mark: "plain", text: "~ key: [secret] (changed)" }]);
});

test("an exception is told without colours, stack, or the SDK's preface", () => {
  const message = [
    "Running program '/some/where/index.ts' failed with an unhandled exception:",
    "\u001b[31mError: it is wrong:",
    "  - here\u001b[39m",
    "    at Object.<anonymous> (/some/where/index.ts:3:7)",
    "    at Module._compile (node:internal/modules/cjs/loader:1554:14) {",
    "  code: 'X'",
    "}",
  ].join("\n");
  assert.equal(withoutStack(message), "it is wrong:\n  - here");
  assert.equal(withoutStack("plain"), "plain");
});
