import type { FleetModel, Network, Origin, Port } from "../model";
import type { Block } from "../validate/cidr";
import { isCovered, outsideBlocks, portsOverlap, type Rule } from "./admits";
import type { RuleContext } from "./context";

/** Who wants a port of whom, by the groups that the hosts at either end are in. */
export interface Ends {
  from: { kind: "hosts"; groups: ReadonlySet<string> } | { kind: "network"; network: string };
  to: ReadonlySet<string>;
  port: Port;
}

/** The rules that speak of a source's kind, a target and some of a port; from a network, those of any network. */
export function rulesBetween({ from, to, port }: Ends, model: FleetModel): Rule[] {
  const isSource = (origin: Origin) =>
    origin.kind === "group"
      ? from.kind === "hosts" && from.groups.has(origin.group)
      : from.kind === "network";
  return [...to]
    .flatMap((name) => model.groups.get(name)?.accepts ?? [])
    .filter((accept) => accept.ports.some((own) => portsOverlap(own, port)))
    .flatMap((accept) => accept.origins.map((origin) => ({ accept, origin })))
    .filter(({ origin }) => isSource(origin));
}

/** The networks that rules admit. */
export function networksOf(rules: readonly Rule[]): Network[] {
  return rules.flatMap(({ origin }) => (origin.kind === "network" ? [origin.network] : []));
}

/** The ranges of a network by name, without those of servers. */
export function blocksFrom(name: string, { policy, model }: Pick<RuleContext, "policy" | "model">): Block[] {
  const network = policy.networks.get(name);
  return network === undefined ? [] : outsideBlocks(network, model.fleet);
}

/** Whether rules that take a port open it to all of a source: to every address, if that is a network. */
export function isOpen(from: Ends["from"], taking: readonly Rule[], context: RuleContext): boolean {
  if (from.kind === "hosts") return taking.length > 0;
  const [blocks, networks] = [blocksFrom(from.network, context), networksOf(taking)];
  return blocks.length > 0 && blocks.every((block) => isCovered(block, networks));
}
