import type { Accept, Flow, FleetModel } from "../model";
import { compareText, sortedUnique } from "../text";
import { formatPort } from "../validate/port";
import { NETWORK_PREFIX } from "../words";

/** A service, and the hosts that offer it. */
interface Offer {
  hosts: readonly string[];
  accept: Accept;
}

/**
 * All flows that end at a host of the stack, by from, to, service and port; those of one `from` are held at a time.
 * What ends in another region is that region's stack to tell.
 */
export function* flows(model: FleetModel): Generator<Flow> {
  const { byGroup, byNetwork } = offersBySource(model);
  const networks = [...byNetwork.keys()].map((name) => NETWORK_PREFIX + name);
  for (const from of sortedUnique([...model.hosts.keys(), ...model.regionHosts.keys(), ...networks])) {
    const host = model.hosts.get(from) ?? model.regionHosts.get(from);
    if (host === undefined)
      yield* flowsFrom(from, byNetwork.get(from.slice(NETWORK_PREFIX.length)) ?? [], model, false);
    else if (!host.isolated) {
      const offers = host.groups.flatMap((group) => byGroup.get(group) ?? []);
      yield* flowsFrom(from, [...new Set(offers)], model, true);
    }
  }
}

function offersBySource(model: FleetModel): {
  byGroup: Map<string, Offer[]>;
  byNetwork: Map<string, Offer[]>;
} {
  const byGroup = new Map<string, Offer[]>();
  const byNetwork = new Map<string, Offer[]>();
  for (const group of model.groups.values()) {
    for (const accept of group.accepts) {
      const offer: Offer = { hosts: group.members, accept };
      for (const origin of accept.origins) {
        const [index, name] =
          origin.kind === "group" ? [byGroup, origin.group] : [byNetwork, origin.network.name];
        const known = index.get(name);
        if (known === undefined) index.set(name, [offer]);
        else known.push(offer);
      }
    }
  }
  return { byGroup, byNetwork };
}

function flowsFrom(
  from: string,
  offers: readonly Offer[],
  { hosts: own }: FleetModel,
  ipsec: boolean,
): Flow[] {
  const found: Flow[] = [];
  for (const { hosts, accept } of offers) {
    const service = `${accept.group}.${accept.service}`;
    const ports = accept.ports.map(formatPort);
    for (const to of hosts) {
      if (to !== from && own.has(to))
        for (const port of ports) found.push({ from, to, service, port, ipsec });
    }
  }
  return found.sort(
    (a, b) => compareText(a.to, b.to) || compareText(a.service, b.service) || compareText(a.port, b.port),
  );
}
