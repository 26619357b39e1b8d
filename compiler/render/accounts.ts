import type { Facet, FleetModel, HostModel } from "../model";
import { compareText, lines, sortedUnique } from "../text";

/** The group of everybody with an account here, by which sshd knows them. Outside both ranges of the policy's ids. */
export const PALISADE_GROUP = { name: "palisade", gid: 30000 } as const;

const SUDO = "ALL=(ALL:ALL) NOPASSWD: ALL";

/** The host's accounts: passwd, group and shadow of the policy's people alone, their sudo rules and their keys. */
export function accounts(host: HostModel, fleet: FleetModel): Facet {
  return {
    facet: "accounts",
    host: host.name,
    environment: fleet.environment,
    files: [
      { name: "passwd", text: passwd(host) },
      { name: "group", text: group(host) },
      { name: "shadow", text: shadow(host) },
      { name: "sudoers", text: sudoers(host, fleet) },
      { name: "keys", text: keys(host) },
    ],
  };
}

/** passwd(5); everybody's own group has the id of the person. */
function passwd(host: HostModel): string {
  return lines(
    host.accounts.map(({ person }) => {
      const { name, uid, fullName } = person;
      return `${name}:x:${uid}:${uid}:${fullName}:/home/${name}:/bin/bash`;
    }),
  );
}

/** group(5): each person's own, each team that gives somebody an account here, and the one of all. */
function group(host: HostModel): string {
  const teams = new Map<string, { gid: number; members: string[] }>();
  for (const { person, teams: memberships } of host.accounts) {
    for (const { name, gid } of memberships) {
      const team = teams.get(name) ?? { gid, members: [] };
      team.members.push(person.name);
      teams.set(name, team);
    }
  }
  const everybody = host.accounts.map(({ person }) => person.name);
  const entries = [
    ...host.accounts.map(({ person }) => `${person.name}:x:${person.uid}:`),
    ...[...teams].map(([name, { gid, members }]) => `${name}:x:${gid}:${sortedUnique(members).join(",")}`),
    `${PALISADE_GROUP.name}:x:${PALISADE_GROUP.gid}:${sortedUnique(everybody).join(",")}`,
  ];
  return lines(entries.sort(compareText));
}

/** shadow(5): no password, and no date of its change, which no clock gives. */
function shadow(host: HostModel): string {
  return lines(host.accounts.map(({ person }) => `${person.name}:*:::::::`));
}

function sudoers(host: HostModel, fleet: FleetModel): string {
  return lines([
    `# Palisade: who has sudo on ${host.name} (${fleet.environment}).`,
    ...host.sudo.teams.map((team) => `%${team} ${SUDO}`),
    ...host.sudo.people.map((person) => `${person} ${SUDO}`),
  ]);
}

/** One key a line, after the name of the person that it lets in. */
function keys(host: HostModel): string {
  return lines(
    host.accounts.flatMap(({ person }) => sortedUnique(person.keys).map((key) => `${person.name} ${key}`)),
  );
}
