import { Graphviz } from "@hpcc-js/wasm-graphviz";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mapByGroup } from "../../map/by-group";
import { mapByHost } from "../../map/by-host";
import { dotOf } from "../../map/dot";
import { drawMap, drawPage } from "../../map/draw";
import { escapeMarkup, quoteDot, scriptJson } from "../../map/escape";
import type { MapGraph } from "../../map/graph";
import { layOut } from "../../map/layout";
import { whyNotDrawn } from "../../map/limits";
import { TODAY } from "../compiler/support/sample";
import { HOSTILE, hostileEdits } from "./support/hostile";
import { textOf } from "./support/look";
import { ownStack, sampleStack } from "./support/stacks";
import { ends, groupPairs, hostPairs, writtenStack } from "./support/written";

const dev = { ...ownStack("dev"), name: "dev" };
const prod = { ...ownStack("prod"), name: "prod" };
const hostile = { ...sampleStack(...hostileEdits()), name: "dev" };

const count = (text: string, what: RegExp) => text.match(what)?.length ?? 0;

/** What Graphviz itself reads in a text: ids of nodes, and pairs of them. @throws if it is not its language */
async function readDot(dot: string) {
  const graphviz = await Graphviz.load();
  const read = JSON.parse(graphviz.layout(dot, "dot_json", "nop")) as {
    objects: { _gvid: number; name: string; label?: string; tooltip?: string }[];
    edges: { tail: number; head: number; style: string; tooltip: string }[];
  };
  const nodes = read.objects.filter(({ label }) => label !== undefined);
  const name = (id: number) => read.objects.find(({ _gvid }) => _gvid === id)?.name ?? "";
  return {
    nodes,
    edges: read.edges.map((edge) => ({ ...edge, from: name(edge.tail), to: name(edge.head) })),
  };
}

describe("DOT", () => {
  test("Graphviz reads every group and every pair in it, and which lines are in clear", async () => {
    const { nodes, edges } = await readDot(dotOf(mapByGroup(dev), dev));
    const expected = ends(groupPairs(writtenStack("dev", TODAY)));
    const bare = (id: string) => id.replace(/^group:/, "");
    assert.deepEqual(ends(edges.map(({ from, to }) => ({ from: bare(from), to: bare(to) }))), expected);
    assert.deepEqual(nodes.map((node) => bare(node.name)).sort(), [
      ...["all", "app", "bastion", "db", "monitor", "net:internet", "net:office", "web"],
    ]);
    for (const { from, style } of edges) assert.equal(style, from.startsWith("net:") ? "dashed" : "solid");
  });

  test("Graphviz reads every host and every pair of hosts in it", async () => {
    const { nodes, edges } = await readDot(dotOf(mapByHost(dev), dev));
    const bare = (id: string) => id.replace(/^host:/, "");
    const pairs = edges.map(({ from, to }) => ({ from: bare(from), to: bare(to) }));
    assert.deepEqual(ends(pairs), ends(hostPairs(writtenStack("dev", TODAY))));
    assert.equal(nodes.length, dev.model.hosts.size + 2);
  });

  test("hostile text in a description adds nothing and breaks nothing", async () => {
    const { nodes, edges } = await readDot(dotOf(mapByGroup(hostile), hostile));
    const plain = { ...sampleStack(), name: "dev" };
    const expected = await readDot(dotOf(mapByGroup(plain), plain));
    assert.deepEqual(
      nodes.map(({ name }) => name),
      expected.nodes.map(({ name }) => name),
    );
    assert.equal(edges.length, expected.edges.length);
    assert.match(nodes.find(({ name }) => name === "group:bastion")?.tooltip ?? "", /evil \[label=evil\]/);
  });
});

describe("layout", () => {
  test("boxes don't lie on each other, and all is within the drawing", async () => {
    for (const [graph, stack] of [
      [mapByGroup(dev), dev],
      [mapByHost(dev), dev],
      [mapByHost(prod), prod],
    ] as const) {
      const { nodes, lines, width, height } = await layOut(graph, dotOf(graph, stack));
      assert.deepEqual([...nodes.keys()].sort(), graph.nodes.map(({ id }) => id).sort());
      assert.deepEqual([...lines.keys()].sort(), graph.lines.map(({ id }) => id).sort());
      const places = [...nodes.values()];
      assert.equal(new Set(places.map(({ x, y }) => `${x} ${y}`)).size, places.length);
      for (const { x, y } of places) assert.ok(x > 0 && y > 0 && x < width && y < height);
    }
  });

  test("a map of many lines is laid out without layers", async () => {
    const graph = wide(120, 600);
    const layout = await layOut(graph, dotOf(graph, dev));
    assert.equal(layout.nodes.size, 120);
    assert.equal(layout.lines.size, 600);
  });
});

describe("SVG and the page", () => {
  test("an SVG file has a group for each box and line, with the rule in its tooltip", async () => {
    const svg = textOf(await drawMap(dev, "host", "svg"));
    assert.equal(count(svg, /<g id="host-node-/g), dev.model.hosts.size + 2);
    assert.equal(count(svg, /<g id="host-line-/g), ends(hostPairs(writtenStack("dev", TODAY))).length);
    assert.match(
      svg,
      /<title>app-1 to db-1, through IPsec\ndb\.postgres 5432\/tcp: groups\.db\.services\.postgres\.from\[0\], policy\/groups\.json:\d+:\d+<\/title>/,
    );
  });

  test("the same input gives the same bytes", async () => {
    for (const draw of [
      () => drawMap(dev, "group", "dot"),
      () => drawMap(prod, "host", "svg"),
      () => drawPage(prod, "group"),
    ]) {
      assert.equal(textOf(await draw()), textOf(await draw()));
    }
  });

  test("the page's own policy lets nothing be loaded, and no address is in it", async () => {
    const page = textOf(await drawPage(dev, "group"));
    assert.match(page, /content="default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; /);
    const own = page
      .replaceAll("http://www.w3.org/", "")
      .replace(/https:\/\/github\.com\/timmywil\/\S+/g, "");
    assert.equal(count(own, /https?:\/\//g), 0);
    assert.equal(count(page, / on[a-z]+=/g), 0);
  });

  test("hostile text stays text", async () => {
    for (const text of [
      textOf(await drawMap(hostile, "group", "svg")),
      textOf(await drawPage(hostile, "group")),
    ]) {
      assert.equal(count(text, /<img/g), 0);
      assert.equal(count(text, /<script>hacked/g), 0);
      for (const unshowable of "\u0000\u0007\u202e\u2028\ud800") assert.ok(!text.includes(unshowable));
    }
    assert.equal(count(textOf(await drawPage(hostile, "group")), /<script/g), 2);
  });

  test("escapes", () => {
    assert.equal(escapeMarkup(`<a href="x" id='y'>&`), "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;");
    assert.equal(escapeMarkup("a\u0000b\u202ec\ud800d\n e"), "a\ufffdb\ufffdc\ufffdd e");
    assert.equal(quoteDot('a"b\\N\n&amp;'), '"a\\"b\\\\N &amp;amp;"');
    assert.equal(scriptJson(["</script><!--&\u2028"]), '["\\u003c/script\\u003e\\u003c!--\\u0026\\u2028"]');
    assert.deepEqual(JSON.parse(scriptJson(HOSTILE)), HOSTILE);
  });
});

describe("bounds", () => {
  test("a drawing by host has at most 400 hosts, any has at most 1500 lines", () => {
    assert.equal(whyNotDrawn({ ...wide(10, 90), view: "host" }, 400), undefined);
    assert.match(
      whyNotDrawn({ ...wide(10, 90), view: "host" }, 401) ?? "",
      /^401 hosts are too many to draw one by one \(at most 400\); draw them by group, or --format table/,
    );
    assert.equal(whyNotDrawn(wide(50, 1500), 10_000), undefined);
    assert.match(
      whyNotDrawn(wide(50, 1501), 10) ?? "",
      /^1501 lines by group are too many to draw \(at most 1500\)/,
    );
  });
});

/** So many groups, and lines between pairs of them. */
function wide(groups: number, lines: number): MapGraph {
  const [node] = mapByGroup(dev).nodes;
  assert.ok(node !== undefined);
  const nodes = Array.from({ length: groups }, (_, index) => ({
    ...node,
    id: `group:g${index}`,
    title: `g${index}`,
  }));
  const pairs = nodes.flatMap((from, i) =>
    nodes.map((to, j) => ({ from: from.id, to: to.id, at: (i * 7 + j * 13) % 101 })),
  );
  const chosen = pairs
    .filter(({ from, to }) => from !== to)
    .sort((a, b) => a.at - b.at)
    .slice(0, lines);
  return {
    view: "group",
    nodes,
    lines: chosen.map(({ from, to }, index) => ({
      id: `line-${index + 1}`,
      from,
      to,
      ipsec: true,
      rules: [0],
    })),
    rules: mapByGroup(dev).rules,
  };
}
