import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FLEET_RANGES, sshKey, type BenchGroup } from "./fleet";

/** The name of the generated stack. */
export const STACK = "bench";

/** One team for so many groups, and so many people a team. */
const GROUPS_A_TEAM = 10;
const PEOPLE_A_TEAM = 5;

const FIRST_GID = 20001;
const FIRST_UID = 10001;

/** Writes a fleet as a project of Palisade: policy/*.json and Pulumi.bench.yaml. */
export function writePalisadeProject(folder: string, fleet: readonly BenchGroup[]): void {
  mkdirSync(join(folder, "policy"), { recursive: true });
  const documents = {
    "groups.json": { groups: groupsDocument(fleet) },
    "people.json": peopleDocument(fleet.length / GROUPS_A_TEAM),
    "networks.json": { networks: { fleet: FLEET_RANGES } },
    "tests.json": { tests: testsDocument(fleet) },
  };
  for (const [name, document] of Object.entries(documents)) {
    writeFileSync(join(folder, "policy", name), `${JSON.stringify(document, null, 2)}\n`);
  }
  writeFileSync(join(folder, `Pulumi.${STACK}.yaml`), stackText(fleet));
}

function teamName(index: number): string {
  return `team-${index + 1}`;
}

function groupsDocument(fleet: readonly BenchGroup[]) {
  const groups = fleet.map(({ name, services }, index) => [
    name,
    {
      services: Object.fromEntries(services.map(({ name, port, from }) => [name, { ports: [port], from }])),
      logins: [{ team: teamName(Math.floor(index / GROUPS_A_TEAM)), sudo: true }],
    },
  ]);
  return Object.fromEntries(groups) as Record<string, unknown>;
}

function peopleDocument(teamCount: number) {
  const teams = Array.from({ length: Math.ceil(teamCount) }, (_, index) => teamName(index));
  const people = teams.flatMap((team, index) =>
    Array.from({ length: PEOPLE_A_TEAM }, (_, member) => {
      const number = index * PEOPLE_A_TEAM + member;
      const name = `person-${number + 1}`;
      return [
        name,
        { uid: FIRST_UID + number, name: `Person ${number + 1}`, teams: [team], keys: [sshKey(name)] },
      ];
    }),
  );
  return {
    teams: Object.fromEntries(teams.map((team, index) => [team, { gid: FIRST_GID + index }])),
    people: Object.fromEntries(people) as Record<string, unknown>,
  };
}

/** One flow of each group that must be, and one that must not. */
function testsDocument(fleet: readonly BenchGroup[]) {
  return fleet.flatMap(({ name, services }) => {
    const from = services[0]?.from[0];
    return [
      { from, to: name, port: "443/tcp", expect: "allow" },
      { from, to: name, port: "22/tcp", expect: "deny" },
    ];
  });
}

function stackText(fleet: readonly BenchGroup[]): string {
  const hosts = fleet.flatMap((group) =>
    group.hosts.map(
      ({ name, ipv4, ipv6 }) =>
        `    - { name: ${name}, on: existing, groups: [${group.name}], address: [${ipv4}, "${ipv6}"], hostKey: ${sshKey(name)} }`,
    ),
  );
  return [
    "config:",
    "  palisade:environment: bench",
    "  palisade:region: lab",
    "  palisade:hosts:",
    ...hosts,
    "  palisade:failsafe: [203.0.113.0/28]",
    '  palisade:certificateEpoch: "2026-11-01"',
    "",
  ].join("\n");
}
