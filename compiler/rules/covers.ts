import { isEmpty, minus, outsideOf, portsWithout } from "../compare/ranges";
import { sourceGroup } from "../decide/accepts";
import { freedom } from "../decide/sudo";
import type { Grant, Network, Policy, Port, Source, SudoEntry } from "../model";
import { portsOverlap } from "../validate/port";
import { ALL, FLEET } from "../words";
import { isFor } from "./logins";
import type { WrittenRule } from "./written";

/**
 * Whether one rule gives all that another gives: to hosts of every inventory, in every environment and on every day.
 * What several rules give only together is none of its business. If a covers b and b covers c, a covers c.
 */
export function covers(wide: WrittenRule, narrow: WrittenRule, policy: Policy): boolean {
  if (!groupCovers(wide.group, narrow.group) || !grantCovers(wide.grant, narrow.grant)) return false;
  if (wide.kind === "source" && narrow.kind === "source") {
    return (
      portsCover(wide.grant.ports, narrow.grant.ports) &&
      sourceCovers({ ...wide, policy }, { ...narrow, policy })
    );
  }
  if (wide.kind === "source" || narrow.kind === "source") return false;
  return isForAll(wide, narrow, policy) && sudoCovers(wide.grant.sudo, narrow.grant.sudo);
}

function groupCovers(wide: string, narrow: string): boolean {
  return wide === narrow || wide === ALL;
}

/**
 * A grant for every environment is covered only by another such: a list of all that the policy names leaves out a
 * stack of one that it does not, which is only warned of.
 */
function grantCovers(wide: Grant, narrow: Grant): boolean {
  const { environments } = wide;
  if (environments !== undefined) {
    if (narrow.environments?.every((name) => environments.includes(name)) !== true) return false;
  }
  return wide.until === undefined || (narrow.until !== undefined && narrow.until <= wide.until);
}

/** Of most pairs of rules the ports have nothing in common, which is soon found. */
function portsCover(wide: readonly Port[], narrow: readonly Port[]): boolean {
  return (
    narrow.every((port) => wide.some((own) => portsOverlap(own, port))) &&
    portsWithout(narrow, wide).length === 0
  );
}

interface PlacedSource {
  group: string;
  source: Source;
  policy: Policy;
}

function sourceCovers(wide: PlacedSource, narrow: PlacedSource): boolean {
  if (wide.source.kind === "network" || narrow.source.kind === "network") {
    if (wide.source.kind !== narrow.source.kind) return false;
    const [outer, inner] = [networkOf(wide), networkOf(narrow)];
    const fleet = wide.policy.networks.get(FLEET) ?? { name: FLEET, ipv4: [], ipv6: [] };
    return outer !== undefined && inner !== undefined && networkCovers(outer, inner, fleet);
  }
  return groupCovers(sourceGroup(wide.source, wide.group), sourceGroup(narrow.source, narrow.group));
}

function networkOf({ source, policy }: PlacedSource): Network | undefined {
  return source.kind === "network" ? policy.networks.get(source.network) : undefined;
}

/** The fleet's addresses are let in by no network. */
function networkCovers(wide: Network, narrow: Network, fleet: Network): boolean {
  return wide.name === narrow.name || isEmpty(minus(outsideOf(narrow, fleet), outsideOf(wide, fleet)));
}

type AccountRule = Exclude<WrittenRule, { kind: "source" }>;

/** A team is covered by itself alone: its login makes a group of that name on the hosts. */
function isForAll(wide: AccountRule, narrow: AccountRule, policy: Policy): boolean {
  if (wide.kind === "account" || narrow.kind === "account") {
    return (
      wide.kind === "account" && narrow.kind === "account" && wide.grant.account === narrow.grant.account
    );
  }
  const [outer, inner] = [wide.grant.who, narrow.grant.who];
  if (inner.kind === "team") return outer.kind === "team" && outer.team === inner.team;
  return isFor(wide.grant, inner.person, policy);
}

/** Whether every command that `narrow` lets run as root is let run by `wide` no less freely. */
function sudoCovers(wide: readonly SudoEntry[], narrow: readonly SudoEntry[]): boolean {
  return narrow.every(({ command }) => freedom(wide, command) >= freedom(narrow, command));
}
