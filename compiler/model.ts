/**
 * What the compiler works on: the policy and the inventory once they are known to be right, and what it
 * decides from them. Types only. Data flows one way: policy and inventory → model → plan → text.
 */

/** `443/tcp`, `8000-8010/tcp`, `53/udp` or `icmp`. Ports are inclusive; `icmp` has none. */
export type Port = { protocol: "tcp" | "udp"; first: number; last: number } | { protocol: "icmp" };

/** Who may use a service. */
export type Source =
  | { kind: "group"; group: string }
  | { kind: "self" }
  | { kind: "any" }
  | { kind: "network"; network: string };

/** A line of the policy, for the comment beside what it causes: `groups.db.services.postgres.from[0]`. */
export type PolicyPath = string;

export interface Grant {
  /** Environments it holds in; absent means every one. */
  environments?: string[];
  /** ISO date, the first day on which it is gone. */
  until?: string;
}

export interface Service extends Grant {
  name: string;
  ports: Port[];
  from: { source: Source; path: PolicyPath }[];
}

/** One thing that sudo lets somebody run as root. */
export interface SudoEntry {
  /** An absolute path with exactly these arguments; `any` is every command. */
  command: string;
  /** Whether the person is asked for their password. */
  password: boolean;
}

export interface Login extends Grant {
  /** The team or the person who may log in. */
  who: { kind: "team"; team: string } | { kind: "person"; person: string };
  /** Sorted; empty for a login without sudo. */
  sudo: readonly SudoEntry[];
  path: PolicyPath;
}

/** Puts a service account on the hosts of a group. */
export interface ServiceGrant extends Grant {
  account: string;
  /** Named commands, without a password. */
  sudo: readonly SudoEntry[];
  path: PolicyPath;
}

export interface Group {
  name: string;
  services: Service[];
  logins: Login[];
  serviceAccounts: ServiceGrant[];
}

export interface Team {
  name: string;
  /** 20000 to 29999, never reused. */
  gid: number;
}

export interface Person {
  name: string;
  /** 10000 to 19999, never reused; also the id of the person's own group. */
  uid: number;
  /** The GECOS full name: printable, without `:`, `,` or control characters. */
  fullName: string;
  teams: string[];
  /** OpenSSH public keys, as in authorized_keys, without options. */
  keys: string[];
}

/** An account that programs run under and nobody logs in to: no shell, no key, no password. */
export interface ServiceAccount {
  name: string;
  /** 10000 to 19999, shared with people and never reused; also the id of its own group. */
  uid: number;
  /** As a person's. */
  fullName: string;
}

/** Networks in CIDR notation, canonical (no host bits), by family. */
export interface Network {
  name: string;
  ipv4: string[];
  ipv6: string[];
}

/** Something that must stay true, whatever else changes; its words are those of tests.json. */
export type PolicyTest = { path: PolicyPath; /** Absent, it holds in every one. */ environment?: string } & (
  | {
      kind: "flow";
      from: Extract<Source, { kind: "group" | "network" }>;
      to: string;
      port: Port;
      expect: "allow" | "deny";
    }
  | {
      kind: "login";
      person: string;
      group: string;
      expect: Exclude<Access, "limited">;
      /** What sudo is asked about; absent: every command. */
      command?: string;
    }
);

/**
 * What a person may do on a host, from least to most: `limited` is sudo for named commands only, `sudo` is sudo for
 * every command, with or without a password.
 */
export type Access = "none" | "login" | "limited" | "sudo";

/**
 * The reviewed policy. Every list and map is sorted by name, `groups` always holds `all`.
 * The network named `fleet` is where servers of any environment have their addresses: what comes from there
 * is a server and never "outside", so it is admitted only through IPsec.
 */
export interface Policy {
  groups: Map<string, Group>;
  teams: Map<string, Team>;
  people: Map<string, Person>;
  serviceAccounts: Map<string, ServiceAccount>;
  networks: Map<string, Network>;
  /** In the order of the file. */
  tests: PolicyTest[];
  /** All environments there are, where the policy lists them. */
  environments?: ReadonlySet<string>;
}

export type Cloud = "aws" | "linode";

interface NamedHost {
  name: string;
  /** Sorted; holds `all`. */
  groups: string[];
  /** ISO date of the host's own IPsec key: another one, and the host makes itself a new key. */
  keyEpoch?: string;
}

/** A host that Palisade provisions. */
export interface CloudHostSpec extends NamedHost {
  on: Cloud;
  /** The cloud's name for the instance type, such as `t3.small` or `g6-nanode-1`. */
  size: string;
  /** A private IPv4 address inside the host's subnet, where the person wants a certain one. */
  address?: string;
  /** Whether it has a public IPv4 address, an elastic one on AWS. */
  public: boolean;
}

/** A machine outside the fleet through which SSH goes to a host. The deployer's key is let in there, too. */
export interface Bastion {
  address: string;
  /** Where its SSH server listens. */
  port: number;
  user: string;
  /** Its pinned SSH public key. */
  hostKey: string;
}

/** A host that is there already and is only configured. */
export interface ExistingHostSpec extends NamedHost {
  on: "existing";
  /** Where SSH connects. */
  address: string;
  ipv4?: string;
  ipv6?: string;
  /** Login that becomes root: `root` itself or one with password-less sudo. */
  user: string;
  /** The host's pinned SSH public key. */
  hostKey: string;
  /** Absent where the deployer reaches the host by itself. */
  bastion?: Bastion;
}

/** A host as the stack's config lists it, `count` already unfolded (`web` × 2 → `web-1`, `web-2`). */
export type HostSpec = CloudHostSpec | ExistingHostSpec;

/** Quotas of an account on AWS that it may raise: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html */
export interface AwsQuotas {
  /** Inbound rules of a security group, for each family. */
  rulesPerGroup: number;
  /** Security groups of a network interface. */
  groupsPerInterface: number;
  /** Elastic addresses in a region. */
  elasticAddresses: number;
}

export interface Inventory {
  environment: string;
  region: string;
  hosts: HostSpec[];
  /** CIDR blocks from which the deployer's SSH always works. */
  failsafe: string[];
  /** Hosts that are cut off from everything but the failsafe. */
  isolated: string[];
  /** Stacks of the same environment in other regions. */
  regionStacks: string[];
  /** IPv4 block of each cloud's network, from which its hosts' addresses are chosen. */
  subnets: Partial<Record<Cloud, string>>;
  /** The region of AWS, such as `us-east-1`; there wherever hosts run on AWS. */
  awsRegion?: string;
  /** Availability zones of that region: none where nothing runs on AWS, else 1, 2 or 4. */
  zones: string[];
  /** Who answers for the stack's resources, for their tags. */
  owner?: string;
  /** Whether instances and their public addresses are protected from being deleted. */
  protect: boolean;
  /** What the clouds' accounts may have. */
  quotas: { aws: AwsQuotas };
  /** Address family over which the deployer reaches cloud hosts. */
  connect: "ipv4" | "ipv6";
  /** Whether IPComp compresses what ESP carries (RFC 3173). */
  ipcomp: boolean;
  /** Sorted names of the people who have a password in this stack. Its hash is a secret that only the program sees. */
  passwords: string[];
  /** ISO date from which certificates are valid; a new one rotates them all. */
  certificateEpoch: string;
  /** What the environment's secret is known by, without telling it: `secretId` of compiler/identity. */
  secretId?: string;
  /** The same of the secret that comes next: hosts trust its CA already. */
  nextSecretId?: string;
  /** The same of the secret that was there before: hosts trust its CA still. Never there with the next one. */
  previousSecretId?: string;
}

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

/** A host's addresses as its peers see them. */
export interface Addresses {
  /** `network` is the routing domain: IPv4 joins two hosts only inside the same one (no NAT is crossed). */
  ipv4?: { address: string; network: string };
  /** Global, reachable from every peer. */
  ipv6?: string;
}

/** Addresses by host name: of the host itself and of all its peers. */
export type AddressBook = ReadonlyMap<string, Addresses>;

export type FacetName = "accounts" | "firewall" | "ipsec";

/** The plain text of one facet: named files in a fixed order, as the host's scripts take them on stdin. */
export interface Facet {
  facet: FacetName | "access" | "certificate" | "passwords";
  host: string;
  environment: string;
  files: { name: string; text: string }[];
}
