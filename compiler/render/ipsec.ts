import { identityOf } from "../identity/name";
import { addressOf, sharedFamilies } from "../decide/addresses";
import type { AddressBook, Addresses, Facet, FleetModel, HostModel } from "../model";
import { lines } from "../text";
import type { Family } from "../validate/cidr";

const TEMPLATE = "palisade-peer";

/**
 * The host's swanctl.conf: one connection a peer and address family that joins them.
 * @param addresses of the host and of all its peers
 * @throws if the host's or a peer's are missing, or a peer shares no family with it (`checkAddresses` tells before)
 */
export function ipsec(host: HostModel, fleet: FleetModel, addresses: AddressBook): Facet {
  const { peers } = host;
  const text =
    peers.length === 0
      ? lines(["# This host has no peers.", "connections {", "}"])
      : template(host, fleet) + connections(host, fleet, addresses, peers);
  return {
    facet: "ipsec",
    host: host.name,
    environment: fleet.environment,
    files: [{ name: "swanctl.conf", text }],
  };
}

/** What all connections inherit. `trap`: the first packet to a peer brings the link up, and none leaves in clear. */
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
    "    cacerts = palisade-ca.pem",
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

function connections(
  host: HostModel,
  fleet: FleetModel,
  book: AddressBook,
  peers: readonly string[],
): string {
  const own = known(book, host.name);
  const parts = ["connections {\n", NEIGHBOUR_DISCOVERY];
  for (const peer of peers) {
    const theirs = known(book, peer);
    const families = sharedFamilies(own, theirs);
    if (families.length === 0)
      throw new Error(`${host.name} and ${peer} have a flow and share no address family`);
    for (const family of families) {
      const [local, remote] = [addressOf(own, family), addressOf(theirs, family)];
      if (local === undefined || remote === undefined) continue;
      parts.push(
        connection(connectionName(peer, family), local, remote, identityOf(peer, fleet.environment)),
      );
    }
  }
  parts.push("}\n");
  return parts.join("");
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

function connection(name: string, local: string, remote: string, identity: string): string {
  return `  ${name} : ${TEMPLATE} {
    local_addrs = ${local}
    remote_addrs = ${remote}
    remote {
      id = ${identity}
    }
  }
`;
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
