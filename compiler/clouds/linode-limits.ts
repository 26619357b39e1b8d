/** A bound of a cloud's API; both ends are inclusive. */
export interface Limit {
  limit: number;
  /** Where the cloud's documentation says so. */
  source: string;
}

const API = "https://techdocs.akamai.com/linode-api/reference";
const GUIDES = "https://techdocs.akamai.com/cloud-computing/docs";

/** What Linode's API takes, and no more. Plan-time checks, the lab's cloud and the tests read this one table. */
export const LINODE_LIMITS = {
  /** Inbound and outbound together. */
  rulesOfFirewall: { limit: 25, source: `${API}/post-firewalls` },
  /** IPv4 and IPv6 together. */
  addressesOfRule: { limit: 255, source: `${API}/post-firewalls` },
  /** A port is one piece, a range of ports is two. */
  portPiecesOfRule: { limit: 15, source: `${API}/post-firewalls` },
  firewallLabelShortest: { limit: 3, source: `${API}/post-firewalls` },
  firewallLabelLongest: { limit: 32, source: `${API}/post-firewalls` },
  ruleLabelShortest: { limit: 3, source: `${API}/post-firewalls` },
  ruleLabelLongest: { limit: 32, source: `${API}/post-firewalls` },
  ruleDescriptionLongest: { limit: 100, source: `${API}/post-firewalls` },
  /** Enabled ones of one instance. */
  firewallsOfInstance: { limit: 1, source: `${API}/post-firewalls` },
  tagShortest: { limit: 3, source: `${API}/post-tag` },
  tagLongest: { limit: 50, source: `${API}/post-tag` },
  instanceLabelShortest: { limit: 3, source: `${API}/post-linode-instance` },
  instanceLabelLongest: { limit: 64, source: `${API}/post-linode-instance` },
  interfacesOfInstance: { limit: 3, source: `${API}/post-linode-instance` },
  /** Bytes, before they are encoded. */
  userDataBytes: { limit: 16_384, source: `${GUIDES}/overview-of-the-metadata-service` },
  vpcLabelLongest: { limit: 64, source: `${API}/post-vpc` },
  subnetLabelLongest: { limit: 64, source: `${API}/post-vpc-subnet` },
  /** The longest prefix, which is the smallest block. */
  subnetPrefixLongest: { limit: 29, source: `${GUIDES}/vpc` },
  /** Addresses at the beginning and at the end of a subnet that Linode keeps for itself. */
  subnetReservedFirst: { limit: 2, source: `${GUIDES}/vpc` },
  subnetReservedLast: { limit: 2, source: `${GUIDES}/vpc` },
} as const satisfies Record<string, Limit>;

/** In what form labels are; the same letter of `-_.` never twice in a row. */
export const LINODE_LABELS = {
  /** Of instances, firewalls and a firewall's rules. */
  common: /^[A-Za-z0-9]+([-_.][A-Za-z0-9]+)*$/,
  /** Of VPCs and their subnets. */
  vpc: /^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/,
} as const;

/** What a subnet's block may be part of: private ranges (RFC 1918), without those that Linode uses itself. */
export const LINODE_SUBNETS: readonly string[] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/17"];

/** Documentation ranges (RFC 5737), which stand for private ones in samples and in the lab; no account can use them. */
export const SAMPLE_SUBNETS: readonly string[] = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"];
