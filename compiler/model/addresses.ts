/** A host's addresses as its peers see them. */
export interface Addresses {
  /** `network` is the routing domain: IPv4 joins two hosts only inside the same one (no NAT is crossed). */
  ipv4?: { address: string; network: string };
  /** Global, reachable from every peer. */
  ipv6?: string;
}

/** Addresses by host name: of the host itself and of all its peers. */
export type AddressBook = ReadonlyMap<string, Addresses>;
