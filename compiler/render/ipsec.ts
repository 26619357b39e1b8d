import { identityOf } from "../identity/name";
import { addressOf, sharedFamilies } from "../decide/addresses";
import type { AddressBook, Addresses, Facet, FleetModel, HostModel } from "../model";
import { lines } from "../text";
import type { Family } from "../validate/cidr";
import type { RenderHost } from "./alike";
import { markOf } from "./marks";

const TEMPLATE = "palisade-peer";

/**
 * The host's swanctl.conf: one connection a peer and address family that joins them.
 * @param addresses of the host and of all its peers
 * @throws if the host's or a peer's are missing, or a peer shares no family with it (`checkAddresses` tells before)
 */
export function ipsec(host: HostModel, fleet: FleetModel, addresses: AddressBook): Facet {
  return ipsecOfAlike(host, fleet, addresses)(host);
}

/** As `ipsec`, for one host after another of those that are alike (`alikes`): what they share is rendered once. */
export function ipsecOfAlike(one: HostModel, fleet: FleetModel, addresses: AddressBook): RenderHost {
  const links = one.isolated ? [] : linksOf(one, fleet, addresses);
  return (host) => ({
    facet: "ipsec",
    host: host.name,
    environment: fleet.environment,
    files: [{ name: "swanctl.conf", text: configuration(host, fleet, addresses, links) }],
  });
}

function configuration(
  host: HostModel,
  fleet: FleetModel,
  addresses: AddressBook,
  links: readonly Link[],
): string {
  const others = links.filter(({ peer }) => peer !== host.name);
  if (others.length === 0) return lines(["# This host has no peers.", "connections {", "}"]);
  const own = known(addresses, host.name);
  const connections = others.flatMap(({ family, before, after }) => [
    before,
    addressOf(own, family) ?? "",
    after,
  ]);
  return [template(host, fleet), "connections {\n", NEIGHBOUR_DISCOVERY, ...connections, "}\n"].join("");
}

/**
 * What all connections inherit; each adds the mark by which the firewall knows whose it is. `trap`: the first packet to a peer brings the link up, and none leaves in clear.
 */
function template(host: HostModel, fleet: FleetModel): string {
  return lines([
    "# What every connection below inherits.",
    `${TEMPLATE} {`,
    "  version = 2",
    "  proposals = aes128gcm16-prfsha256-x25519",
    "  mobike = no",
    "  # Both ends may open the link at the same moment; neither then ends the other's.",
    "  unique = never",
    "  dpd_delay = 10s",
    "  local {",
    "    auth = pubkey",
    "    certs = palisade.pem",
    `    id = ${identityOf(host.name, fleet.environment)}`,
    "  }",
    "  remote {",
    "    auth = pubkey",
    "    cacerts = palisade-ca.pem, palisade-other-ca.pem",
    "  }",
    "  children {",
    "    all {",
    "      mode = transport",
    "      esp_proposals = aes128gcm16-x25519",
    `      ipcomp = ${fleet.ipcomp ? "yes" : "no"}`,
    "      start_action = trap",
    "      dpd_action = trap",
    "      close_action = trap",
    "    }",
    "  }",
    "}",
    "",
  ]);
}

/** A connection's text around the host's own address. */
interface Link {
  peer: string;
  family: Family;
  before: string;
  after: string;
}

/** The connections of hosts that are alike, among them those between these themselves. */
function linksOf(one: HostModel, fleet: FleetModel, book: AddressBook): Link[] {
  const own = known(book, one.name);
  return one.kind.peers.flatMap((peer) => {
    const theirs = known(book, peer);
    const families = sharedFamilies(own, theirs);
    if (families.length === 0)
      throw new Error(`${one.name} and ${peer} have a flow and share no address family`);
    return families.map((family) => link(peer, family, theirs, identityOf(peer, fleet.environment)));
  });
}

function known(book: AddressBook, host: string): Addresses {
  const addresses = book.get(host);
  if (addresses === undefined) throw new Error(`no addresses are known of ${host}`);
  return addresses;
}

/** `web-1_v4`: hosts have no `_` in their names. */
export function connectionName(peer: string, family: Family): string {
  return `${peer}_${family === "ipv4" ? "v4" : "v6"}`;
}

function link(peer: string, family: Family, theirs: Addresses, identity: string): Link {
  return {
    peer,
    family,
    before: `  ${connectionName(peer, family)} : ${TEMPLATE} {
    local_addrs = `,
    after: `
    remote_addrs = ${addressOf(theirs, family) ?? ""}
    remote {
      id = ${identity}
    }
    children {
      all {
        set_mark_in = ${markOf(identity)}
        set_mark_out = ${markOf(identity)}
      }
    }
  }
`,
  };
}

/**
 * Neighbour discovery has to pass in clear: a solicitation or advertisement held back for a link would keep that
 * link from ever coming up. The port of a selector is the ICMPv6 type times 256 (135 and 136, RFC 4861); a range does
 * not work in charon. The remote address keeps the connection from being taken for a peer's.
 */
const NEIGHBOUR_DISCOVERY = `  # IPv6 neighbour discovery passes in clear: solicitation, then advertisement.
  neighbour_discovery {
    remote_addrs = 127.0.0.1
    children {
      solicitation {
        mode = pass
        start_action = trap
        local_ts = ::/0[ipv6-icmp/34560]
        remote_ts = ::/0[ipv6-icmp/34560]
      }
      advertisement {
        mode = pass
        start_action = trap
        local_ts = ::/0[ipv6-icmp/34816]
        remote_ts = ::/0[ipv6-icmp/34816]
      }
    }
  }
`;
