import type { Network, Person, PolicyPath, Port, ServiceAccount, SudoEntry, Team } from "./policy";

/** A host of the same environment in another region: it has flows with those here and is configured by its own stack. */
export interface RegionHost {
  name: string;
  /** Sorted; holds `all`. */
  groups: readonly string[];
  isolated: boolean;
  /** The stack that configures it. */
  stack: string;
}

/** Where a service's traffic may come from, decided for one host. */
export type Origin =
  | {
      /** A server group of the environment; its hosts' traffic must arrive through IPsec. */
      kind: "group";
      group: string;
      /** Sorted names; shared by all who offer it, so the host itself may be among them. Isolated hosts are not. */
      hosts: readonly string[];
      /** As the policy writes it: the group's name, `self` or `any`. */
      written: string;
      path: PolicyPath;
    }
  | { kind: "network"; network: Network; written: string; path: PolicyPath };

/** One service a host offers, because it is in `group`. */
export interface Accept {
  group: string;
  service: string;
  ports: readonly Port[];
  origins: readonly Origin[];
}

/** A person's account on one host. */
export interface Account {
  person: Person;
  /** Teams that gave the person this account, sorted. */
  teams: Team[];
  /** Of all their logins together, as `combineSudo` leaves it. */
  sudo: readonly SudoEntry[];
}

/** A service account on one host. */
export interface HostedService {
  account: ServiceAccount;
  /** As of an account. */
  sudo: readonly SudoEntry[];
}

/** What a host's sudo rules say of a team, a person or a service account. */
export interface SudoRule {
  kind: "team" | "person";
  /** Of a team, person or service account. */
  name: string;
  /** Never empty. */
  entries: readonly SudoEntry[];
}

/** What hosts in exactly the same groups share, decided once for all of them. */
export interface HostKind {
  /**
   * Sorted names of the hosts with which a host in these groups has a flow, in either direction; the host itself may
   * be among them. Made anew at each reading: the pairs of a whole fleet are never held at once.
   */
  readonly peers: readonly string[];
}

/** All that is decided for one host; addresses join when it is rendered. */
export interface HostModel {
  /** The very same object for hosts in exactly the same groups. */
  readonly kind: HostKind;
  readonly name: string;
  readonly groups: readonly string[];
  /** Cut off from everything but the failsafe: accepts nothing and has no peers. */
  readonly isolated: boolean;
  /** By group and service. */
  readonly accepts: readonly Accept[];
  /** Sorted names of the hosts with which a flow exists, in either direction. Made anew at each reading. */
  readonly peers: readonly string[];
  readonly accounts: readonly Account[];
  /** By name. */
  readonly services: readonly HostedService[];
  /** Teams first, then people and service accounts with grants of their own; each sorted by name. */
  readonly sudo: readonly SudoRule[];
}

/** What hosts of one server group have in common, decided once for all of them. */
export interface GroupModel {
  name: string;
  /** Sorted names of its hosts that are not isolated. */
  members: readonly string[];
  /** By service. */
  accepts: readonly Accept[];
}

export interface FleetModel {
  environment: string;
  /** The stack's own hosts, by name, sorted. */
  hosts: Map<string, HostModel>;
  /** Those of the environment's other regions, by name, sorted. */
  regionHosts: Map<string, RegionHost>;
  /** By group name, sorted; every group of the policy. */
  groups: Map<string, GroupModel>;
  failsafe: string[];
  /** The policy's `fleet` network. */
  fleet: Network;
  ipcomp: boolean;
}

/** Something that the policy lets happen. */
export interface Flow {
  /** A host, or `net:NAME`. */
  from: string;
  to: string;
  /** `GROUP.SERVICE`, such as `db.postgres`. */
  service: string;
  /** Such as `5432/tcp`, `8000-8010/tcp` or `icmp`. */
  port: string;
  /** Whether it has to come through IPsec: from hosts always, from networks never. */
  ipsec: boolean;
}
