export type Cloud = "aws" | "linode";

interface NamedHost {
  name: string;
  /** Sorted; holds `all`. */
  groups: string[];
  /** ISO date of the host's own IPsec key: another one, and the host makes itself a new key. */
  keyEpoch?: string;
}

/** A host that Palisade provisions. */
export interface CloudHostSpec extends NamedHost {
  on: Cloud;
  /** The cloud's name for the instance type, such as `t3.small` or `g6-nanode-1`. */
  size: string;
  /** A private IPv4 address inside the host's subnet, where the person wants a certain one. */
  address?: string;
  /** Whether it has a public IPv4 address, an elastic one on AWS. */
  public: boolean;
}

/** A machine outside the fleet through which SSH goes to a host. The deployer's key is let in there, too. */
export interface Bastion {
  address: string;
  /** Where its SSH server listens. */
  port: number;
  user: string;
  /** Its pinned SSH public key. */
  hostKey: string;
}

/** A host that is there already and is only configured. */
export interface ExistingHostSpec extends NamedHost {
  on: "existing";
  /** Where SSH connects. */
  address: string;
  ipv4?: string;
  ipv6?: string;
  /** Login that becomes root: `root` itself or one with password-less sudo. */
  user: string;
  /** The host's pinned SSH public key. */
  hostKey: string;
  /** Absent where the deployer reaches the host by itself. */
  bastion?: Bastion;
}

/** A host as the stack's config lists it, `count` already unfolded (`web` × 2 → `web-1`, `web-2`). */
export type HostSpec = CloudHostSpec | ExistingHostSpec;

/** Quotas of an account on AWS that it may raise: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html */
export interface AwsQuotas {
  /** Inbound rules of a security group, for each family. */
  rulesPerGroup: number;
  /** Security groups of a network interface. */
  groupsPerInterface: number;
  /** Elastic addresses in a region. */
  elasticAddresses: number;
}

export interface Inventory {
  environment: string;
  region: string;
  hosts: HostSpec[];
  /** CIDR blocks from which the deployer's SSH always works. */
  failsafe: string[];
  /** Hosts that are cut off from everything but the failsafe. */
  isolated: string[];
  /** Stacks of the same environment in other regions. */
  regionStacks: string[];
  /** IPv4 block of each cloud's network, from which its hosts' addresses are chosen. */
  subnets: Partial<Record<Cloud, string>>;
  /** The region of AWS, such as `us-east-1`; there wherever hosts run on AWS. */
  awsRegion?: string;
  /** Availability zones of that region: none where nothing runs on AWS, else 1, 2 or 4. */
  zones: string[];
  /** Who answers for the stack's resources, for their tags. */
  owner?: string;
  /** Whether instances and their public addresses are protected from being deleted. */
  protect: boolean;
  /** What the clouds' accounts may have. */
  quotas: { aws: AwsQuotas };
  /** Address family over which the deployer reaches cloud hosts. */
  connect: "ipv4" | "ipv6";
  /** Whether IPComp compresses what ESP carries (RFC 3173). */
  ipcomp: boolean;
  /** Sorted names of the people who have a password in this stack. Its hash is a secret that only the program sees. */
  passwords: string[];
  /** ISO date from which certificates are valid; a new one rotates them all. */
  certificateEpoch: string;
  /** What the environment's secret is known by, without telling it: `secretId` of compiler/identity. */
  secretId?: string;
  /** The same of the secret that comes next: hosts trust its CA already. */
  nextSecretId?: string;
  /** The same of the secret that was there before: hosts trust its CA still. Never there with the next one. */
  previousSecretId?: string;
}
