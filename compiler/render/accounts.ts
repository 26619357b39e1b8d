import { asksPassword } from "../decide/sudo";
import type { Facet, FleetModel, HostModel } from "../model";
import { compareText, lines, sortedUnique } from "../text";
import { sudoers } from "./sudoers";

/** The group of everybody with an account here, by which sshd knows them. Outside both ranges of the policy's ids. */
export const PALISADE_GROUP = { name: "palisade", gid: 30000 } as const;

/** The group of this host's service accounts, which sshd turns away. */
export const SERVICE_GROUP = { name: "palisade-service", gid: 30001 } as const;

/** The host's accounts: the policy's people and service accounts alone, their sudo rules and their keys. */
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
      { name: "passwords", text: lines(peopleWithPassword(host)) },
    ],
  };
}

/** Those whose sudo asks for a password somewhere. The host drops the password of everybody else. */
export function peopleWithPassword(host: HostModel): string[] {
  return host.accounts.filter(({ sudo }) => asksPassword(sudo)).map(({ person }) => person.name);
}

/** passwd(5); everybody's own group has the id of the person. A service account has no home and so no ~/.ssh. */
function passwd(host: HostModel): string {
  return lines([
    ...host.accounts.map(({ person }) => {
      const { name, uid, fullName } = person;
      return `${name}:x:${uid}:${uid}:${fullName}:/home/${name}:/bin/bash`;
    }),
    ...host.services.map(({ account }) => {
      const { name, uid, fullName } = account;
      return `${name}:x:${uid}:${uid}:${fullName}:/nonexistent:/usr/sbin/nologin`;
    }),
  ]);
}

/** group(5): each account's own, each team that gives somebody an account here, and those of all. */
function group(host: HostModel): string {
  const teams = new Map<string, { gid: number; members: string[] }>();
  for (const { person, teams: memberships } of host.accounts) {
    for (const { name, gid } of memberships) {
      const team = teams.get(name) ?? { gid, members: [] };
      team.members.push(person.name);
      teams.set(name, team);
    }
  }
  const people = host.accounts.map(({ person }) => person);
  const services = host.services.map(({ account }) => account);
  const everybody = ({ name, gid }: { name: string; gid: number }, members: { name: string }[]) =>
    `${name}:x:${gid}:${sortedUnique(members.map((member) => member.name)).join(",")}`;
  const entries = [
    ...[...people, ...services].map(({ name, uid }) => `${name}:x:${uid}:`),
    ...[...teams].map(([name, { gid, members }]) => `${name}:x:${gid}:${sortedUnique(members).join(",")}`),
    everybody(PALISADE_GROUP, people),
    ...(services.length === 0 ? [] : [everybody(SERVICE_GROUP, services)]),
  ];
  return lines(entries.sort(compareText));
}

/** shadow(5): no password, and no date of its change, which no clock gives. Passwords join on the host. */
function shadow(host: HostModel): string {
  const names = [
    ...host.accounts.map(({ person }) => person.name),
    ...host.services.map(({ account }) => account.name),
  ];
  return lines(names.map((name) => `${name}:*:::::::`));
}

/** One key a line, after the name of the person that it lets in. */
function keys(host: HostModel): string {
  return lines(
    host.accounts.flatMap(({ person }) => sortedUnique(person.keys).map((key) => `${person.name} ${key}`)),
  );
}
