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
