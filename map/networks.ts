import type { DecidedStack } from "../compiler/check/stack";
import { NETWORK_PREFIX } from "../compiler/words";
import type { MapNode, RuleFlow } from "./graph";

/** The boxes of the networks that rules name. */
export function networkNodes({ policy }: DecidedStack, rules: readonly RuleFlow[]): MapNode[] {
  const named = new Set(rules.map(({ from }) => from));
  return [...policy.networks.values()]
    .filter(({ name }) => named.has(NETWORK_PREFIX + name))
    .map(({ name, ipv4, ipv6 }) => ({
      id: NETWORK_PREFIX + name,
      kind: "network",
      title: NETWORK_PREFIX + name,
      note: "outside",
      groups: [],
      hosts: [],
      ranges: [...ipv4, ...ipv6],
      listsHosts: false,
      isolated: false,
    }));
}
