/**
 * What a map shows, before it is laid out: who talks to whom, and by which rules. Types only.
 * Everything is sorted: the same policy and stack give the same map.
 */

import type { Place } from "../compiler/rules/place";

/** What a box stands for: server groups, or hosts. */
export type View = "group" | "host";

/** One entry of a service's `from`, where it joins hosts of this stack. */
export interface RuleFlow extends Place {
  /** A group, or `net:NAME`. */
  from: string;
  /** The group that offers the service. */
  to: string;
  /** `GROUP.SERVICE`, such as `db.postgres`. */
  service: string;
  /** Such as `5432/tcp`, `8000-8010/tcp` or `icmp`; as the policy orders them. */
  ports: string[];
  /** From hosts always, from networks never. */
  ipsec: boolean;
  /** Free text of the policy about the service; harmless only once it is escaped. */
  description?: string;
  /** Sorted names; none in `from` where that is a network. Isolated hosts are not among them. */
  hosts: { from: readonly string[]; to: readonly string[] };
}

/** A box of the map. */
export interface MapNode {
  /** Unique in its map: `group:web`, `host:web-1`, `hosts:app+web`, `net:office`. */
  id: string;
  kind: "group" | "hosts" | "network";
  title: string;
  /** A second line: how many hosts, which groups, what kind of thing. */
  note: string;
  /** Free text of the policy about a group; harmless only once it is escaped. */
  description?: string;
  /** Groups that it is, or that its hosts are in; none of a network. */
  groups: readonly string[];
  /** Hosts in it, sorted; none of a network. */
  hosts: readonly string[];
  /** Ranges of a network in CIDR notation. */
  ranges: readonly string[];
  /** Whether each host is written out in the box. */
  listsHosts: boolean;
  /** Its hosts are cut off from everything but the failsafe. */
  isolated: boolean;
}

/** All that goes from one box to another, or to itself. */
export interface MapLine {
  /** Unique in its map, such as `line-12`. */
  id: string;
  /** Ids of its ends. */
  from: string;
  to: string;
  ipsec: boolean;
  /** Indices into the map's rules, ascending; one or more. */
  rules: readonly number[];
}

export interface MapGraph {
  view: View;
  nodes: readonly MapNode[];
  lines: readonly MapLine[];
  rules: readonly RuleFlow[];
}
