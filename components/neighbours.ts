import * as pulumi from "@pulumi/pulumi";
import type { AddressBook, Addresses, HostKind, HostModel } from "../compiler/model";
import type { Host } from "./host";

/** Read once, and of no value that Pulumi would copy for each who asks. */
type Lookup = () => AddressBook;

/**
 * The addresses that a host's rules are made of. Hosts of one kind have the same peers, so these are waited for once for
 * all of them: to wait for each peer of each host is work that grows with both.
 */
export class Neighbours {
  private readonly ofKind = new Map<HostKind, pulumi.Output<Lookup>>();

  /**
   * @param hosts of this stack
   * @param elsewhere addresses of the hosts of other regions
   */
  constructor(
    private readonly hosts: ReadonlyMap<string, Pick<Host, "addresses">>,
    private readonly elsewhere: AddressBook,
  ) {}

  /** Known as soon as the host's own addresses and its peers' are, and nobody else's. */
  of(host: HostModel): pulumi.Output<AddressBook> {
    const own = this.addressesOf(host.name);
    const peers = host.isolated ? pulumi.output((): AddressBook => new Map()) : this.peersOf(host.kind);
    return pulumi
      .all([own, peers])
      .apply(([addresses, lookup]) => new Map([...lookup(), [host.name, addresses]]));
  }

  private peersOf(kind: HostKind): pulumi.Output<Lookup> {
    const known = this.ofKind.get(kind);
    if (known !== undefined) return known;
    const names = kind.peers;
    const lookup = pulumi.all(names.map((name) => this.addressesOf(name))).apply((addresses): Lookup => {
      const book = new Map(names.map((name, index) => [name, addresses[index] ?? {}]));
      return () => book;
    });
    this.ofKind.set(kind, lookup);
    return lookup;
  }

  private addressesOf(name: string): pulumi.Input<Addresses> {
    return this.hosts.get(name)?.addresses ?? this.elsewhere.get(name) ?? {};
  }
}
