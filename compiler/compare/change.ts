import type { Access } from "../model";

/** Hosts, named by the group through which the change concerns them. */
export interface Side {
  group: string;
  /** Sorted. */
  hosts: readonly string[];
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
  | {
      kind: "login";
      person: string;
      hosts: readonly string[];
      access: Exclude<Access, "none">;
      /** What the person has on the other side. */
      instead: Access;
    }
  /** An SSH key of a person who has accounts on both sides, by its SHA-256 fingerprint. */
  | { kind: "key"; person: string; key: string }
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
