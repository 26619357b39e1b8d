import type {
  Accept,
  FleetModel,
  GroupModel,
  HostKind,
  HostModel,
  Inventory,
  Policy,
  RegionHost,
} from "../model";
import { sortedMap, sortedUnique } from "../text";
import { decideGroups, membersOf, type GroupedHost, type Members } from "./accepts";
import { decideAccounts, type Accounts } from "./accounts";
import { FLEET } from "../words";
import type { Occasion } from "./grants";
import { findNeighbours } from "./neighbours";

/** What `decide` needs to know of an inventory. */
export type Fleet = Pick<Inventory, "environment" | "isolated" | "failsafe" | "ipcomp"> & {
  hosts: readonly GroupedHost[];
  /** Hosts of the environment's other regions. */
  regionHosts?: readonly RegionHost[];
};

/**
 * Decides for every host of the stack what it accepts, with whom it has a connection and who may log in.
 * @param policy known to be right, as `loadPolicy` returns it
 * @param today ISO date; grants that end on it no longer hold
 */
export function decide(policy: Policy, fleet: Fleet, today: string): FleetModel {
  const occasion: Occasion = { environment: fleet.environment, today };
  const isolated = new Set(fleet.isolated);
  const regionHosts = fleet.regionHosts ?? [];
  const members = membersOf([
    ...fleet.hosts.filter((host) => !isolated.has(host.name)),
    ...regionHosts.filter((host) => !host.isolated),
  ]);
  const groups = decideGroups(policy, members, occasion);
  const neighbours = findNeighbours(groups);
  const kinds = new Map<string, Kind>();
  const hosts = fleet.hosts.map((host): [string, HostModel] => {
    const kind = kindOf(host, kinds, () => decideKind(host, policy, occasion, groups, neighbours, members));
    return [host.name, new DecidedHost(host.name, isolated.has(host.name), kind)];
  });
  return {
    environment: fleet.environment,
    hosts: sortedMap(hosts),
    regionHosts: sortedMap(regionHosts.map((host) => [host.name, host])),
    groups,
    failsafe: sortedUnique(fleet.failsafe),
    fleet: policy.networks.get(FLEET) ?? { name: FLEET, ipv4: [], ipv6: [] },
    ipcomp: fleet.ipcomp,
  };
}

interface Kind extends HostKind, Accounts {
  groups: readonly string[];
  accepts: readonly Accept[];
}

function kindOf(host: GroupedHost, kinds: Map<string, Kind>, make: () => Kind): Kind {
  const key = sortedUnique(host.groups).join(" ");
  const known = kinds.get(key);
  if (known !== undefined) return known;
  const kind = make();
  kinds.set(key, kind);
  return kind;
}

function decideKind(
  host: GroupedHost,
  policy: Policy,
  occasion: Occasion,
  groups: ReadonlyMap<string, GroupModel>,
  neighbours: ReadonlyMap<string, ReadonlySet<string>>,
  members: Members,
): Kind {
  const names = sortedUnique(host.groups);
  return {
    groups: names,
    accepts: names.flatMap((name) => groups.get(name)?.accepts ?? []),
    get peers() {
      const nearby = new Set(names.flatMap((name) => [...(neighbours.get(name) ?? [])]));
      return sortedUnique([...nearby].flatMap((group) => members.get(group) ?? []));
    },
    ...decideAccounts(policy, names, occasion),
  };
}

class DecidedHost implements HostModel {
  constructor(
    readonly name: string,
    readonly isolated: boolean,
    readonly kind: Kind,
  ) {}

  get groups(): readonly string[] {
    return this.kind.groups;
  }

  get accepts(): readonly Accept[] {
    return this.isolated ? [] : this.kind.accepts;
  }

  get peers(): readonly string[] {
    return this.isolated ? [] : this.kind.peers.filter((name) => name !== this.name);
  }

  get accounts(): HostModel["accounts"] {
    return this.kind.accounts;
  }

  get services(): HostModel["services"] {
    return this.kind.services;
  }

  get sudo(): HostModel["sudo"] {
    return this.kind.sudo;
  }
}
