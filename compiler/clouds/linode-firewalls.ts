import { planAddresses, sharedFamilies } from "../decide/addresses";
import type { AddressBook, FleetModel, HostKind, HostModel, Inventory } from "../model";
import { compareText } from "../text";
import { ALL } from "../words";
import { linodeRules, type CloudRule, type PeerSource } from "./linode-rules";

/** The Cloud Firewall of the hosts on Linode that are in exactly the same groups. */
export interface LinodeFirewall {
  /** Its groups, joined by `.`, which no name holds; `all` where that is the only one. */
  kind: string;
  groups: readonly string[];
  /** Sorted. */
  hosts: readonly string[];
  rules: readonly CloudRule[];
}

/**
 * The Cloud Firewalls of a stack, by kind. How many there are, and how many rules each has, depends on nothing that only
 * a cloud can tell. An isolated host stays in the firewall of its groups: Linode allows an instance only one, and what
 * cuts the host off is its own firewall and those of its peers.
 * @param elsewhere addresses of hosts of other regions; of those that are not in it, IPv6 is taken for granted
 */
export function linodeFirewalls(
  inventory: Inventory,
  fleet: FleetModel,
  elsewhere: AddressBook,
): LinodeFirewall[] {
  const book: AddressBook = new Map([...elsewhere, ...planAddresses(inventory).book]);
  return [...kindsOnLinode(inventory, fleet)]
    .map(([{ peers }, models]) => {
      const groups = models[0]?.groups ?? [];
      const hosts = models.map(({ name }) => name).sort(compareText);
      const inbound = {
        failsafe: fleet.failsafe,
        accepts: groups.flatMap((group) => fleet.groups.get(group)?.accepts ?? []),
        peers: peerSources(peers, hosts, book),
      };
      return { kind: kindName(groups), groups, hosts, rules: linodeRules(inbound) };
    })
    .sort((a, b) => compareText(a.kind, b.kind));
}

function kindsOnLinode(inventory: Inventory, fleet: FleetModel): Map<HostKind, HostModel[]> {
  const kinds = new Map<HostKind, HostModel[]>();
  for (const { name, on } of inventory.hosts) {
    const model = on === "linode" ? fleet.hosts.get(name) : undefined;
    if (model === undefined) continue;
    const known = kinds.get(model.kind);
    if (known === undefined) kinds.set(model.kind, [model]);
    else known.push(model);
  }
  return kinds;
}

function kindName(groups: readonly string[]): string {
  const named = groups.filter((group) => group !== ALL);
  return named.length === 0 ? ALL : named.join(".");
}

/** The peers of these hosts, in every family that they are reached over; a host is no peer of itself. */
function peerSources(peers: readonly string[], hosts: readonly string[], book: AddressBook): PeerSource[] {
  const own = book.get(hosts[0] ?? "");
  return peers
    .filter((peer) => hosts.some((host) => host !== peer))
    .flatMap((host) => {
      const theirs = book.get(host);
      const families =
        own === undefined || theirs === undefined ? ["ipv6" as const] : sharedFamilies(own, theirs);
      return families.map((family) => ({ host, family }));
    });
}
