import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { shadowWarnings } from "../../compiler/check/shadows";
import { formatProblem } from "../../compiler/problem";
import { policyOf, type Document, type WrittenService } from "./support/rulesets";
import { TODAY } from "./support/sample";

/** What is said of a policy of these groups, without file and column. */
function told(
  groups: Record<
    string,
    { services?: Record<string, WrittenService>; logins?: object[]; serviceAccounts?: object[] }
  >,
): string[] {
  const document: Document = { groups: {} };
  for (const name of ["all", "app", "web"])
    document.groups[name] = { services: {}, logins: [], ...groups[name] };
  return shadowWarnings(policyOf(document), TODAY).map(({ path, message }) =>
    `${path}: ${message}`.replaceAll(/ \(policy\/groups\.json:\d+:\d+\)/g, ""),
  );
}

const ADDS_NOTHING = (path: string, wide: string) => [
  `groups.${path}: this adds nothing to groups.${wide}, and can be deleted`,
];
const NARROW = "app.services.s.from[0]";
const WIDE = "all.services.w.from[0]";

/** A service of the group "app", and one that may be wider. */
interface Pair {
  title: string;
  narrow: WrittenService;
  wide: WrittenService;
  /** Where the wider one is; `all` if absent. */
  group?: "app" | "web";
}

const api = (ports: string[], from: string[], grant: object = {}) => ({ ports, from, ...grant });
const UNTIL = (until: string) => ({ until });
const IN = (...environments: string[]) => ({ environments });

const SHADOWED: Pair[] = [
  { title: "the same for all hosts", narrow: api(["80/tcp"], ["web"]), wide: api(["80/tcp"], ["web"]) },
  { title: "a group within any", narrow: api(["80/tcp"], ["web"]), wide: api(["80/tcp"], ["any"]) },
  { title: "self within all", narrow: api(["80/tcp"], ["self"]), wide: api(["80/tcp"], ["all"]) },
  { title: "self within its group", narrow: api(["80/tcp"], ["self"]), wide: api(["80/tcp"], ["app"]) },
  {
    title: "self of all within any",
    narrow: api(["80/tcp"], ["any"], UNTIL("2027-01-01")),
    wide: api(["80/tcp"], ["self"]),
  },
  { title: "a port in a range", narrow: api(["85/tcp"], ["web"]), wide: api(["80-90/tcp"], ["web"]) },
  {
    title: "a range in two that touch",
    narrow: api(["80-95/tcp"], ["web"]),
    wide: api(["91-95/tcp", "80-90/tcp"], ["web"]),
  },
  { title: "icmp", narrow: api(["icmp"], ["web"]), wide: api(["icmp", "22/tcp"], ["web"]) },
  {
    title: "a network in another",
    narrow: api(["80/tcp"], ["net:desk"]),
    wide: api(["80/tcp"], ["net:world"]),
  },
  {
    title: "a network that two ranges of another make up",
    narrow: api(["80/tcp"], ["net:office"], UNTIL("2027-01-01")),
    wide: api(["80/tcp"], ["net:both"]),
  },
  {
    title: "fewer environments",
    narrow: api(["80/tcp"], ["web"], IN("dev")),
    wide: api(["80/tcp"], ["web"], IN("dev", "prod")),
  },
  {
    title: "an earlier end",
    narrow: api(["80/tcp"], ["web"], UNTIL("2026-12-01")),
    wide: api(["80/tcp"], ["web"], UNTIL("2027-01-01")),
  },
  {
    title: "one in the same group",
    narrow: api(["80/tcp"], ["web"]),
    wide: api(["80/tcp"], ["any"]),
    group: "app",
  },
];

const NOT_SHADOWED: Pair[] = [
  {
    title: "one in another group",
    narrow: api(["80/tcp"], ["web"]),
    wide: api(["80/tcp"], ["any"]),
    group: "web",
  },
  { title: "another protocol", narrow: api(["80/tcp"], ["web"]), wide: api(["80/udp"], ["any"]) },
  { title: "a wider range", narrow: api(["80-91/tcp"], ["web"]), wide: api(["80-90/tcp"], ["any"]) },
  { title: "any within a group", narrow: api(["80/tcp"], ["any"]), wide: api(["80/tcp"], ["web"]) },
  { title: "a host and a network", narrow: api(["80/tcp"], ["web"]), wide: api(["80/tcp"], ["net:world"]) },
  {
    title: "a network around another",
    narrow: api(["80/tcp"], ["net:office"]),
    wide: api(["80/tcp"], ["net:desk"]),
  },
  { title: "every environment", narrow: api(["80/tcp"], ["web"]), wide: api(["80/tcp"], ["any"], IN("dev")) },
  {
    title: "every environment that is listed",
    narrow: api(["80/tcp"], ["web"]),
    wide: api(["80/tcp"], ["any"], IN("dev", "prod", "test")),
  },
  {
    title: "another environment",
    narrow: api(["80/tcp"], ["web"], IN("dev", "prod")),
    wide: api(["80/tcp"], ["any"], IN("dev")),
  },
  {
    title: "a later end",
    narrow: api(["80/tcp"], ["web"], UNTIL("2027-01-01")),
    wide: api(["80/tcp"], ["any"], UNTIL("2026-12-01")),
  },
  {
    title: "no end",
    narrow: api(["80/tcp"], ["web"]),
    wide: api(["80/tcp"], ["any"], UNTIL("2027-01-01")),
  },
  {
    title: "one that has ended",
    narrow: api(["80/tcp"], ["web"], UNTIL("2026-11-22")),
    wide: api(["80/tcp"], ["any"]),
  },
];

function pairOf({ narrow, wide, group }: Pair) {
  if (group === "app") return told({ app: { services: { s: narrow, w: wide } } });
  return told({ app: { services: { s: narrow } }, [group ?? "all"]: { services: { w: wide } } });
}

describe("a source is shadowed by", () => {
  for (const pair of SHADOWED) {
    const wide = pair.group === undefined ? WIDE : `${pair.group}.services.w.from[0]`;
    test(pair.title, () => assert.deepEqual(pairOf(pair), ADDS_NOTHING(NARROW, wide)));
  }
});

describe("a source is not shadowed by", () => {
  for (const pair of NOT_SHADOWED) test(pair.title, () => assert.deepEqual(pairOf(pair), []));
});

const ONE = { commands: ["/usr/bin/id"] };
const TWO = { commands: ["/usr/bin/id", "/usr/bin/systemctl restart x"] };

describe("a login", () => {
  const logins = (narrow: object, wide: object) =>
    told({ app: { logins: [narrow] }, all: { logins: [wide] } });
  const shadowed = ADDS_NOTHING("app.logins[0]", "all.logins[0]");
  const table: [string, object, object, boolean][] = [
    ["of a team, for all hosts", { team: "sre" }, { team: "sre" }, true],
    ["of a team, with sudo", { team: "sre" }, { team: "sre", sudo: true }, true],
    ["of a person, by their team", { person: "bob", sudo: true }, { team: "sre", sudo: true }, true],
    ["of a person, by another team", { person: "alice" }, { team: "devs" }, false],
    ["with sudo, without it", { team: "sre", sudo: true }, { team: "sre" }, false],
    ["of a team, by its only person", { team: "devs" }, { person: "bob" }, false],
    ["of a person, by another", { person: "bob" }, { person: "alice" }, false],
    ["with a command, with every one", { team: "sre", sudo: ONE }, { team: "sre", sudo: true }, true],
    ["with a command, with one more", { team: "sre", sudo: ONE }, { team: "sre", sudo: TWO }, true],
    ["with two commands, with one", { team: "sre", sudo: TWO }, { team: "sre", sudo: ONE }, false],
    [
      "with a password, without",
      { team: "sre", sudo: { password: true } },
      { team: "sre", sudo: true },
      true,
    ],
    [
      "without a password, with",
      { team: "sre", sudo: ONE },
      { team: "sre", sudo: { password: true } },
      false,
    ],
    ["in all environments, by some", { team: "sre" }, { team: "sre", environments: ["dev"] }, false],
  ];
  for (const [title, narrow, wide, isShadowed] of table) {
    test(`${title}: ${isShadowed ? "shadowed" : "not shadowed"}`, () =>
      assert.deepEqual(logins(narrow, wide), isShadowed ? shadowed : []));
  }
});

test("a service account is shadowed by itself for all hosts, with the same sudo or more", () => {
  const accounts = (narrow: object, wide: object) =>
    told({ app: { serviceAccounts: [narrow] }, all: { serviceAccounts: [wide] } });
  const shadowed = ADDS_NOTHING("app.serviceAccounts[0]", "all.serviceAccounts[0]");
  assert.deepEqual(accounts({ account: "agent" }, { account: "agent", sudo: ONE }), shadowed);
  assert.deepEqual(accounts({ account: "agent", sudo: TWO }, { account: "agent", sudo: ONE }), []);
  assert.deepEqual(accounts({ account: "agent" }, { account: "dumper" }), []);
});

describe("of rules that give the same", () => {
  test("the first stays", () => {
    const twice = { services: { z: api(["80/tcp"], ["web", "self"]), a: api(["80/tcp"], ["app"]) } };
    assert.deepEqual(told({ app: twice }), ADDS_NOTHING("app.services.a.from[0]", "app.services.z.from[1]"));
    const logins = [{ team: "sre" }, { team: "sre", sudo: false }];
    assert.deepEqual(told({ app: { logins } }), ADDS_NOTHING("app.logins[1]", "app.logins[0]"));
  });

  test("the widest is named, which itself stays", () => {
    const found = told({
      all: { services: { w: api(["80-90/tcp"], ["any"]) } },
      app: { services: { s: api(["80/tcp"], ["web"]), t: api(["80/tcp"], ["any"]) } },
    });
    assert.deepEqual(found, [
      ...ADDS_NOTHING("app.services.s.from[0]", WIDE),
      ...ADDS_NOTHING("app.services.t.from[0]", WIDE),
    ]);
  });
});

test("both places are told with file, line and column", () => {
  const document: Document = {
    groups: {
      all: { services: { ping: { ports: ["icmp"], from: ["any"] } }, logins: [] },
      web: { services: { ping: { ports: ["icmp"], from: ["self"] } }, logins: [] },
    },
  };
  assert.deepEqual(shadowWarnings(policyOf(document), TODAY).map(formatProblem), [
    "policy/groups.json:23:7: warning: groups.web.services.ping.from[0]: this adds nothing to groups.all.services.ping.from[0] (policy/groups.json:10:7), and can be deleted",
  ]);
});
