import type { Access } from "../model";

/** Hosts, named by the group through which the change concerns them. */
export interface Side {
  group: string;
  /** Sorted. */
  hosts: readonly string[];
}

/** What an account can do on one side of a comparison alone. */
export interface Power {
  access: Exclude<Access, "none">;
  /** Whether sudo asks for a password. */
  password: boolean;
  /** Those that `limited` sudo is for, sorted; empty for other access. */
  commands: string[];
  /** What the account has on the other side. */
  instead: Access;
  /** Whether on the other side it has just this sudo with a password. */
  insteadPassword: boolean;
}

/** Access that one side of a comparison has and the other has not. */
export type Change =
  | {
      kind: "network";
      /** `net:NAME`. */
      from: string;
      to: Side;
      /** `GROUP.SERVICE`. */
      service: string;
      port: string;
      /** The addresses concerned, in CIDR notation. */
      ranges: string[];
      /** The network's other addresses, for which nothing changes. */
      except: string[];
    }
  | { kind: "flow"; from: Side; to: Side; service: string; port: string }
  | ({
      /** A person's login, or a service account, and what they may run as root. */
      kind: "login" | "service";
      /** A person or a service account. */
      person: string;
      hosts: readonly string[];
    } & Power)
  /** An SSH key of a person who has accounts on both sides, by its SHA-256 fingerprint. */
  | { kind: "key"; person: string; key: string }
  /** A password in the stack's config of a person whose sudo asks for one. */
  | { kind: "password"; person: string }
  | { kind: "failsafe"; ranges: string[] };

export interface StackChanges {
  stack: string;
  gained: Change[];
  lost: Change[];
}

export interface Comparison {
  /** Whether anybody can do anything that they could not before. */
  widens: boolean;
  /** Stacks on both sides, sorted, those without a change too. */
  stacks: StackChanges[];
  /** Policy tests, in words. */
  tests: { removed: string[]; added: string[] };
}
