import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mapByGroup } from "../../map/by-group";
import { mapByHost } from "../../map/by-host";
import { pageData } from "../../map/page/data";
import { find, isEmpty, portsMeant, type Filter } from "../../map/page/filter";
import { ownStack } from "./support/stacks";

const dev = ownStack("dev");
const data = pageData([mapByGroup(dev), mapByHost(dev)]);
const NOTHING: Filter = { group: "", host: "", port: "", text: "" };

/** `from>to` of the lines that a filter leaves, then the boxes beside their ends, then the rules' services. */
function left(name: "group" | "host", asked: Partial<Filter>) {
  const view = data.views[name];
  assert.ok(view !== undefined);
  const title = (index: number) => view.nodes[index]?.title ?? "";
  const found = find(view, data, { ...NOTHING, ...asked });
  const lines = [...found.lines].flatMap((index) => view.lines[index] ?? []);
  const atEnds = new Set(lines.flatMap(({ from, to }) => [from, to]));
  return {
    lines: lines.map(({ from, to }) => `${title(from)}>${title(to)}`),
    others: [...found.nodes].filter((index) => !atEnds.has(index)).map(title),
    rules: [...new Set([...found.rules].map((index) => data.rules[index]?.service))].sort(),
  };
}

describe("a filter", () => {
  const table: [string, "group" | "host", Partial<Filter>, string[]][] = [
    ["a group, by group", "group", { group: "db" }, ["app>db"]],
    ["a network", "group", { group: "net:internet" }, ["net:internet>web"]],
    [
      "a group, by host",
      "host",
      { group: "db" },
      ["app-1>db-1", "app-2>db-1", "bastion-1>db-1", "db-1>monitor-1", "monitor-1>db-1"],
    ],
    [
      "a host, by group: the rules of its groups",
      "group",
      { host: "db-1" },
      ["all>monitor", "app>db", "bastion>all", "monitor>all"],
    ],
    ["a port", "group", { port: "5432/tcp" }, ["app>db"]],
    ["a port without protocol", "group", { port: " 22 " }, ["bastion>all", "net:office>bastion"]],
    ["a port within a range", "group", { port: "7003" }, ["app>app"]],
    ["a range that holds ports", "group", { port: "5000-6000/tcp" }, ["app>db"]],
    ["the other protocol", "group", { port: "22/udp" }, []],
    ["icmp", "group", { port: "ICMP" }, ["monitor>all"]],
    ["text of a path", "group", { text: "postgres.from[0]" }, ["app>db"]],
    ["words in any order", "group", { text: "clear  OFFICE 3000" }, ["net:office>monitor"]],
    ["a host and a port", "host", { host: "web-1", port: "8080" }, ["web-1>app-1", "web-1>app-2"]],
    ["a group and a host", "host", { group: "web", host: "db-1" }, []],
  ];
  for (const [title, view, asked, lines] of table) {
    test(title, () => assert.deepEqual(left(view, asked).lines, lines));
  }

  test("leaves everything where nothing is asked", () => {
    const { lines, others, rules } = left("group", {});
    assert.equal(lines.length, data.views.group?.lines.length);
    assert.deepEqual(others, []);
    assert.equal(rules.length, new Set(data.rules.map(({ service }) => service)).size);
    assert.ok(isEmpty(NOTHING) && isEmpty({ ...NOTHING, text: " " }) && !isEmpty({ ...NOTHING, port: "22" }));
  });

  test("leaves the rules that it asks for, and not all of their line", () => {
    assert.deepEqual(left("host", { host: "db-1", port: "icmp" }).rules, ["all.ping"]);
  });

  test("leaves the boxes that it names, with or without lines", () => {
    assert.deepEqual(left("host", { group: "web", host: "web-1" }).others, []);
    assert.deepEqual(left("group", { host: "web-1", text: "nothing says this" }), {
      lines: [],
      others: [],
      rules: [],
    });
    assert.deepEqual(left("host", { group: "monitor", host: "web-1" }).lines, [
      "monitor-1>web-1",
      "web-1>monitor-1",
    ]);
  });
});

test("ports as readers write them", () => {
  assert.equal(portsMeant("443")?.length, 2);
  assert.deepEqual(portsMeant("53/udp"), [{ protocol: "udp", first: 53, last: 53 }]);
  for (const wrong of ["", "x", "0", "70000", "443/sctp", "10-5/tcp", "icmp/1"])
    assert.equal(portsMeant(wrong), undefined, wrong);
});
