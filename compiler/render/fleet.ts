import type { AddressBook, Facet, FleetModel, HostModel } from "../model";
import { accounts } from "./accounts";
import { alikes } from "./alike";
import { firewallOfAlike } from "./firewall";
import { ipsecOfAlike } from "./ipsec";

/**
 * Every host's facets, one host after another; those of hosts that are alike in a row, so that nothing is held but
 * what these share.
 * @throws if a host's addresses are missing, or peers share no family (`checkAddresses` tells before)
 */
export function* renderFleet(
  fleet: FleetModel,
  addresses: AddressBook,
): Generator<{ host: HostModel; facets: Facet[] }> {
  for (const alike of alikes(fleet, addresses)) {
    const [one] = alike;
    if (one === undefined) continue;
    const firewall = firewallOfAlike(one, fleet, addresses);
    const ipsec = ipsecOfAlike(one, fleet, addresses);
    for (const host of alike) {
      yield { host, facets: [accounts(host, fleet), firewall(host), ipsec(host)] };
    }
  }
}
