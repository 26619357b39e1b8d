import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatProblem } from "../../compiler/problem";
import { parseJson } from "../../compiler/source/json";
import { problemAt, valueSource, type Parsed, type Path } from "../../compiler/source/source";
import { inventoryFromText, inventoryFromValues } from "../../compiler/source/stack";
import { parseYaml } from "../../compiler/source/yaml";

function messages({ problems }: Parsed): string[] {
  return problems.map(formatProblem);
}

function place(parsed: Parsed, path: Path, part?: "key" | "value"): string | undefined {
  const position = parsed.source?.locate(path, part);
  return position && `${position.line}:${position.column}`;
}

describe("JSON", () => {
  const text = '{\n  "a": [1,\n    { "b": "x" }],\n  "c": 2 }\n';

  test("values and names are found where they are written", () => {
    const parsed = parseJson("f.json", text);
    const table: [Path, "key" | "value", string | undefined][] = [
      [[], "value", "1:1"],
      [["a"], "value", "2:8"],
      [["a"], "key", "2:3"],
      [["a", 0], "value", "2:9"],
      [["a", 1, "b"], "value", "3:12"],
      [["a", 1, "b"], "key", "3:7"],
      [["c"], "value", "4:8"],
      [["d"], "value", undefined],
      [["a", 2], "value", undefined],
      [["a", "0"], "value", undefined],
      [["c", "x"], "value", undefined],
    ];
    for (const [path, part, expected] of table)
      assert.equal(place(parsed, path, part), expected, String(path));
  });

  const broken: [string, string][] = [
    ["", "f:1:1: not JSON: a value is expected; JSON has no trailing commas"],
    ["{ a: 1 }", "f:1:3: not JSON: this is no JSON value; text needs double quotes"],
    [
      '{ "a": 1, }',
      "f:1:11: not JSON: a property name in double quotes is expected; JSON has no trailing commas",
    ],
    ["[1,]", "f:1:4: not JSON: a value is expected; JSON has no trailing commas"],
    ["[1] 2", "f:1:5: not JSON: the document has ended, and more text follows"],
    ["/* x */ 1", "f:1:1: not JSON: JSON has no comments"],
    ['{ "a" 1 }', "f:1:7: not JSON: a colon is expected after the property name"],
    ['"a', "f:1:1: not JSON: the closing double quote is missing"],
    ['"\\q"', "f:1:1: not JSON: JSON has no such escape"],
    ['"a\tb"', "f:1:1: not JSON: a control character or tab inside a text must be escaped"],
    ["[1 2]", "f:1:4: not JSON: a comma is expected"],
  ];
  for (const [text, message] of broken) {
    test(`${JSON.stringify(text)} is refused`, () => {
      const parsed = parseJson("f", text);
      assert.equal(parsed.source, undefined);
      assert.equal(messages(parsed)[0], message);
    });
  }

  test("a name twice in an object is told at the second, wherever it is", () => {
    const parsed = parseJson("f", '{ "a": { "x": 1,\n "x": 2 }, "a": 3 }');
    assert.deepEqual(messages(parsed), [
      'f:2:2: a.x: "x" is written twice in the same object',
      'f:2:12: a: "a" is written twice in the same object',
    ]);
    assert.deepEqual(parsed.source?.value, { a: 3 });
  });

  test("names of an object's own machinery are names like any other", () => {
    const { source, problems } = parseJson("f", '{ "__proto__": 1, "constructor": 2, "toString": 3 }');
    assert.deepEqual(problems, []);
    assert.ok(typeof source?.value === "object" && source.value !== null);
    assert.deepEqual(Object.keys(source.value), ["__proto__", "constructor", "toString"]);
    assert.equal(Object.getPrototypeOf(source.value), Object.prototype);
  });
});

describe("YAML", () => {
  test("values and names are found where they are written, through aliases too", () => {
    const parsed = parseYaml("f.yaml", "a: &x\n  - b: 1\nc: *x\n? d\n: 2\n");
    const table: [Path, "key" | "value", string | undefined][] = [
      [["a", 0, "b"], "value", "2:8"],
      [["a", 0, "b"], "key", "2:5"],
      [["c", 0, "b"], "value", "2:8"],
      [["d"], "key", "4:3"],
      [["e"], "value", undefined],
    ];
    for (const [path, part, expected] of table)
      assert.equal(place(parsed, path, part), expected, String(path));
  });

  for (const [text, message] of [
    ["a: 1\na: 2\n", "f:2:1: not YAML: map keys must be unique"],
    [
      "a: [1\n",
      "f:2:1: not YAML: flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    [
      "a: 1\n---\nb: 2\n",
      "f:2:1: not YAML: source contains multiple documents; please use YAML.parseAllDocuments()",
    ],
    ["a: *b\n", "f:1:1: not YAML: Unresolved alias (the anchor must be set before the alias): b"],
  ] as const) {
    test(`${JSON.stringify(text)} is refused`, () => {
      const parsed = parseYaml("f", text);
      assert.equal(parsed.source, undefined);
      assert.equal(messages(parsed)[0], message);
    });
  }

  test("aliases that multiply are refused instead of filling the memory", () => {
    const layers = Array.from({ length: 9 }, (_, at) => `l${at + 1}: &l${at + 1} [${`*l${at},`.repeat(10)}]`);
    assert.match(messages(parseYaml("f", ["l0: &l0 x", ...layers].join("\n"))).join(), /alias/i);
  });
});

describe("a stack's file", () => {
  test("palisade: keys lose their prefix, aws:region stays, others are left out, and positions are the file's", () => {
    const text =
      'config:\n  aws:region: x\n  aws:profile: y\n  palisade:hosts:\n    - name: a\n  palisade:ipcomp: "true"\n';
    const { source } = inventoryFromText("Pulumi.x.yaml", text);
    assert.deepEqual(source?.value, {
      ...{ "aws:region": "x", hosts: [{ name: "a" }], ipcomp: true },
    });
    assert.deepEqual(source?.locate(["aws:region"]), { line: 2, column: 15 });
    assert.equal(source?.describe(["aws:region"]), "aws:region");
    assert.deepEqual(source?.locate(["hosts", 0, "name"]), { line: 5, column: 13 });
    assert.equal(source?.describe(["hosts", 0, "name"]), "palisade:hosts[0].name");
  });

  test("values that somebody else read point into the file if its text is given", () => {
    const values = { environment: "dev" };
    const text = "config:\n  palisade:environment: dev\n";
    const withText = inventoryFromValues("f", values, text).source;
    const without = inventoryFromValues("f", values).source;
    assert.deepEqual(withText?.locate(["environment"]), { line: 2, column: 25 });
    assert.equal(without?.locate(["environment"]), undefined);
    assert.equal(without?.value, values);
  });

  test("what is missing is told where it is missing from, and without a text at its path alone", () => {
    const { source } = inventoryFromText("f", "config:\n  palisade:subnets:\n    aws: x\n");
    assert.ok(source);
    assert.equal(
      formatProblem(problemAt(source, ["subnets", "linode"], "m")),
      "f:3:5: palisade:subnets.linode: m",
    );
    assert.equal(formatProblem(problemAt(valueSource("f", {}), ["a", 0, "b c"], "m")), 'f: a[0]["b c"]: m');
  });
});
