import { reach } from "../decide/addresses";
import type { AddressBook, Facet, FleetModel, HostKind, HostModel } from "../model";

/** Renders a facet of one host of those that are alike. */
export type RenderHost = (host: HostModel) => Facet;

/**
 * The hosts of a fleet, those together that are alike: in exactly the same groups, isolated or not, and reached over
 * the same families and networks. Their facets differ in nothing but their own names and addresses.
 */
export function* alikes(fleet: FleetModel, addresses: AddressBook): Generator<HostModel[]> {
  const kinds = new Map<HostKind, Map<string, HostModel[]>>();
  for (const host of fleet.hosts.values()) {
    const alike = found(kinds, host.kind, () => new Map<string, HostModel[]>());
    found(alike, `${host.isolated} ${reach(addresses.get(host.name))}`, () => []).push(host);
  }
  for (const alike of kinds.values()) yield* alike.values();
}

function found<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
