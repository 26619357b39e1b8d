import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/*
 * Who talks to whom, straight from what people write: pair by pair, as slow and as plain as can be. It shares no
 * code with what draws.
 */

interface WrittenService {
  ports: string[];
  from: string[];
  environments?: string[];
  until?: string;
}

interface WrittenHost {
  name: string;
  groups?: string[];
  count?: number;
}

export interface Written {
  environment: string;
  /** ISO date. */
  today: string;
  groups: Record<string, { services?: Record<string, WrittenService> }>;
  hosts: WrittenHost[];
  isolated: string[];
}

/** A pair and a rule that joins it. */
export interface Pair {
  from: string;
  to: string;
  service: string;
  ports: string[];
  path: string;
}

export const ROOT = join(__dirname, "..", "..", "..");

/** What this repository's own policy and a stack's file say; the policy's folder is taken as right. */
export function writtenStack(stack: string, today: string): Written {
  const groups = JSON.parse(readFileSync(join(ROOT, "policy", "groups.json"), "utf8")) as Pick<
    Written,
    "groups"
  >;
  const { config } = parse(readFileSync(join(ROOT, `Pulumi.${stack}.yaml`), "utf8")) as {
    config: {
      "palisade:environment": string;
      "palisade:hosts": WrittenHost[];
      "palisade:isolated"?: string[];
    };
  };
  return {
    environment: config["palisade:environment"],
    today,
    groups: groups.groups,
    hosts: unfold(config["palisade:hosts"]),
    isolated: config["palisade:isolated"] ?? [],
  };
}

function unfold(hosts: readonly WrittenHost[]): WrittenHost[] {
  return hosts.flatMap(({ name, groups = [], count }) =>
    count === undefined
      ? [{ name, groups }]
      : Array.from({ length: count }, (_, index) => ({ name: `${name}-${index + 1}`, groups })),
  );
}

/** Every pair of hosts, and of a network and a host, with each rule that lets one reach the other. */
export function hostPairs(written: Written): Pair[] {
  const awake = written.hosts.filter(({ name }) => !written.isolated.includes(name));
  const pairs: Pair[] = [];
  for (const { group, source, ...rule } of rules(written)) {
    for (const to of awake.filter((host) => isIn(host, group))) {
      if (source.startsWith("net:")) pairs.push({ from: source, to: to.name, ...rule });
      for (const from of awake) {
        if (from !== to && admits(source, group, from)) pairs.push({ from: from.name, to: to.name, ...rule });
      }
    }
  }
  return pairs;
}

/** Every pair of groups, and of a network and a group, with each rule that joins hosts of theirs. */
export function groupPairs(written: Written): Pair[] {
  const joined = new Set(hostPairs(written).map(({ path }) => path));
  return rules(written)
    .filter(({ path }) => joined.has(path))
    .map(({ group, source, ...rule }) => ({ from: nameOf(source, group), to: group, ...rule }));
}

function rules({ groups, environment, today }: Written) {
  return Object.entries(groups).flatMap(([group, { services = {} }]) =>
    Object.entries(services)
      .filter(
        ([, { environments, until }]) =>
          (environments?.includes(environment) ?? true) && (until ?? "9") > today,
      )
      .flatMap(([name, { ports, from }]) =>
        from.map((source, index) => ({
          group,
          source,
          service: `${group}.${name}`,
          ports,
          path: `groups.${group}.services.${name}.from[${index}]`,
        })),
      ),
  );
}

function isIn({ groups = [] }: WrittenHost, group: string): boolean {
  return group === "all" || groups.includes(group);
}

function nameOf(source: string, group: string): string {
  if (source === "any") return "all";
  return source === "self" ? group : source;
}

function admits(source: string, group: string, host: WrittenHost): boolean {
  return isIn(host, nameOf(source, group));
}

/** `a b`, once each, sorted. */
export function ends(pairs: readonly { from: string; to: string }[]): string[] {
  return [...new Set(pairs.map(({ from, to }) => `${from} ${to}`))].sort();
}
