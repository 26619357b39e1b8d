/** A link that an attacker wants, and what it says of itself. */
export interface Claim {
  name: string;
  local: string;
  remote: string;
  /** The name that it gives itself. */
  identity: string;
  /** The name of the other end. */
  peer: string;
  /** A file in `/etc/swanctl/x509`. */
  certificate: string;
  /** Traffic that it wants to be let through for; its own address where it says nothing. */
  localSelector?: string;
}

/** The claim as a connection of swanctl.conf. */
export function connection(claim: Claim): string {
  const selector = claim.localSelector === undefined ? "" : `local_ts = ${claim.localSelector}`;
  return `  ${claim.name} {
    version = 2
    proposals = aes128gcm16-prfsha256-x25519
    mobike = no
    local_addrs = ${claim.local}
    remote_addrs = ${claim.remote}
    local {
      auth = pubkey
      certs = ${claim.certificate}
      id = ${claim.identity}
    }
    remote {
      auth = pubkey
      id = ${claim.peer}
    }
    children {
      all {
        mode = transport
        esp_proposals = aes128gcm16-x25519
        ${selector}
      }
    }
  }
`;
}
