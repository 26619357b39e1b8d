import { ALL, NETWORK_PREFIX } from "../words";
import type { Accept, Group, GroupModel, Network, Origin, Policy, Service, Source } from "../model";
import { compareText, sortedMap } from "../text";
import { holds, type Occasion } from "./grants";

/** Sorted names of each group's hosts. */
export type Members = ReadonlyMap<string, readonly string[]>;

/** A host as far as flows are concerned. */
export interface GroupedHost {
  name: string;
  groups: readonly string[];
}

export function membersOf(hosts: readonly GroupedHost[]): Members {
  const members = new Map<string, string[]>();
  for (const host of hosts) {
    for (const group of host.groups) {
      const names = members.get(group);
      if (names === undefined) members.set(group, [host.name]);
      else names.push(host.name);
    }
  }
  for (const names of members.values()) names.sort(compareText);
  return members;
}

/** What each group of the policy offers, once for all its hosts. */
export function decideGroups(policy: Policy, members: Members, occasion: Occasion): Map<string, GroupModel> {
  return sortedMap(
    [...policy.groups.values()].map((group) => [
      group.name,
      {
        name: group.name,
        members: members.get(group.name) ?? [],
        accepts: group.services
          .filter((service) => holds(service, occasion))
          .map((service) => accept(group, service, policy, members)),
      },
    ]),
  );
}

function accept(group: Group, service: Service, policy: Policy, members: Members): Accept {
  const origins = service.from.map(({ source, path }) => origin(source, path, group, policy, members));
  return {
    group: group.name,
    service: service.name,
    ports: service.ports,
    origins: origins.sort(compareOrigins),
  };
}

function origin(source: Source, path: string, group: Group, policy: Policy, members: Members): Origin {
  const written = sourceText(source);
  if (source.kind === "network")
    return { kind: "network", network: network(source.network, policy), written, path };
  const name = sourceGroup(source, group.name);
  return { kind: "group", group: name, hosts: members.get(name) ?? [], written, path };
}

/** The group of hosts that a source means. @param self the group whose service it is */
export function sourceGroup(source: Exclude<Source, { kind: "network" }>, self: string): string {
  switch (source.kind) {
    case "group":
      return source.group;
    case "self":
      return self;
    case "any":
      return ALL;
    default: {
      const exhaustive: never = source;
      return exhaustive;
    }
  }
}

/** A source as the policy writes it. */
export function sourceText(source: Source): string {
  if (source.kind === "group") return source.group;
  return source.kind === "network" ? `${NETWORK_PREFIX}${source.network}` : source.kind;
}

function network(name: string, policy: Policy): Network {
  const known = policy.networks.get(name);
  if (known === undefined) throw new Error(`the policy has no network ${name}; it was not checked`);
  return known;
}

/** Groups, then networks, each by name. */
function compareOrigins(a: Origin, b: Origin): number {
  const key = (origin: Origin) => (origin.kind === "group" ? `0${origin.group}` : `1${origin.network.name}`);
  return compareText(key(a), key(b)) || compareText(a.written, b.written);
}
