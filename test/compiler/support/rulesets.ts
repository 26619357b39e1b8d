import fc from "fast-check";
import assert from "node:assert/strict";
import { draftPolicy, type PolicyDraft } from "../../../compiler/load/policy";
import { parsePath, type Path } from "../../../compiler/source/source";
import { Report } from "../../../compiler/validate/report";
import { sshKey } from "./sample";

/*
 * Random policies in which rules often give the same, or a part of it.
 */

export interface Document {
  groups: Record<
    string,
    { services: Record<string, WrittenService>; logins: object[]; serviceAccounts?: object[] }
  >;
}

export interface WrittenService {
  ports: string[];
  from: string[];
}

const ENVIRONMENTS = ["dev", "prod", "test"];
/** The tests' today, and the days on which something ends later. */
const DAYS = ["2026-11-22", "2026-12-01", "2027-01-01"];
/** Every environment on every day on which something changes. */
export const OCCASIONS = ENVIRONMENTS.flatMap((environment) => DAYS.map((today) => ({ environment, today })));

const GROUPS = ["all", "app", "web"];
export const PORTS = ["22/tcp", "80/tcp", "80-90/tcp", "85-95/tcp", "91/tcp", "80/udp", "icmp"];
export const SOURCES = [
  "all",
  "app",
  "web",
  "self",
  "any",
  "net:world",
  "net:office",
  "net:desk",
  "net:both",
];
export const TEAMS = { sre: { gid: 20001 }, devs: { gid: 20002 } };
export const PEOPLE: Record<string, string[]> = { alice: ["sre"], bob: ["devs", "sre"], carol: [] };

export const NETWORKS = {
  fleet: ["198.51.100.0/24"],
  world: ["0.0.0.0/0"],
  office: ["203.0.113.0/25"],
  desk: ["203.0.113.16/28"],
  both: ["203.0.113.0/26", "203.0.113.64/26"],
};

const few = <T>(items: readonly T[], most: number) =>
  fc.uniqueArray(fc.constantFrom(...items), { minLength: 1, maxLength: most });

const grant = {
  environments: fc.constantFrom(undefined, undefined, ["dev"], ["dev", "prod"], ["prod"]),
  until: fc.constantFrom(undefined, undefined, "2026-11-22", "2026-12-01", "2027-01-01"),
};
const COMMANDS = ["/usr/bin/id", "/usr/bin/systemctl reload x", "/usr/bin/systemctl restart x"];
const commands = few(COMMANDS, 2);
const sudo = fc.oneof(
  fc.constantFrom(undefined, false, true, { password: true }),
  fc.record({ commands, password: fc.constantFrom(undefined, true) }),
);

/** One service, under the name of its own. */
export const service = fc.record({ ports: few(PORTS, 3), from: few(SOURCES, 3), ...grant });

export const login = fc
  .record({
    who: fc.oneof(
      fc.constantFrom(...Object.keys(TEAMS)).map((team) => ({ team })),
      fc.constantFrom(...Object.keys(PEOPLE)).map((person) => ({ person })),
    ),
    rest: fc.record({ sudo, ...grant }),
  })
  .map(({ who, rest }) => ({ ...who, ...rest }));

export const serviceAccount = fc.record({
  account: fc.constantFrom("agent", "dumper"),
  sudo: fc.option(fc.record({ commands }), { nil: undefined }),
  ...grant,
});

const group = fc.record({
  services: fc.dictionary(fc.constantFrom("a", "b", "c"), service, { maxKeys: 3 }),
  logins: fc.array(login, { maxLength: 4 }),
  serviceAccounts: fc.array(serviceAccount, { maxLength: 2 }),
});

/** groups.json of a random policy. */
export const ruleset: fc.Arbitrary<Document> = fc
  .record(Object.fromEntries(GROUPS.map((name) => [name, group])))
  .map((groups) => ({ groups }));

const hostsIn = (list: readonly string[][]) =>
  list.map((groups, index) => ({ name: `h${index}`, groups: ["all", ...groups] }));

/** Two hosts of each group, one of both and one of neither. */
export const EVERY_HOST = hostsIn([[], ["app"], ["app"], ["web"], ["web"], ["app", "web"]]);
export const inventory = fc.array(fc.subarray(["app", "web"]), { maxLength: 4 }).map(hostsIn);

/** The policy with this groups.json, and these tests. @throws if it is not right */
export function policyOf(document: Document, tests: readonly object[] = []): PolicyDraft {
  const report = new Report();
  const people = Object.entries(PEOPLE).map(([name, teams], index): [string, object] => [
    name,
    { uid: 10001 + index, name, teams, keys: [sshKey(index)] },
  ]);
  const files = {
    "groups.json": document,
    "people.json": {
      teams: TEAMS,
      people: Object.fromEntries(people),
      serviceAccounts: { agent: { uid: 19001, name: "Agent" }, dumper: { uid: 19002, name: "Dumper" } },
    },
    "networks.json": { networks: NETWORKS },
    "tests.json": { tests },
  };
  const texts = Object.entries(files).map(([name, file]): [string, string] => [
    name,
    JSON.stringify(file, undefined, 1),
  ]);
  const draft = draftPolicy({ folder: "policy", files: new Map(texts) }, report);
  assert.ok(!report.hasErrors(), JSON.stringify(report.problems));
  return draft;
}

/** The document without what is written at these paths; a service goes with its last source or port. */
export function without(document: Document, paths: readonly string[]): Document {
  const copy = structuredClone(document);
  const index = (path: Path) => Number(path.at(-1));
  // From the end, so that what is left keeps its place.
  for (const path of paths.map(parsePath).sort((a, b) => index(b) - index(a))) {
    const parent = path.slice(0, -1).reduce<unknown>((at, step) => Reflect.get(Object(at), step), copy);
    assert.ok(Array.isArray(parent) && index(path) in parent, path.join("."));
    parent.splice(index(path), 1);
  }
  for (const { services } of Object.values(copy.groups)) {
    for (const [name, { from, ports }] of Object.entries(services)) {
      if (from.length === 0 || ports.length === 0) delete services[name];
    }
  }
  return copy;
}
