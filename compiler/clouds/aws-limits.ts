import type { AwsQuotas } from "../model";

/** A limit of a cloud's, and the page that says so. */
export interface Limit {
  /** The most there may be, inclusive. */
  limit: number;
  source: string;
}

/** A limit that the cloud raises on request. */
export interface Quota extends Limit {
  /** How far it can be raised, inclusive. */
  most: number;
}

const VPC = "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html";
const TAGS = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html";
const GROUP = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html";
const RULE = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html";
const PREFIX_LIST = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateManagedPrefixList.html";
const SUBNETS = "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html";
const USER_DATA = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html";

/** What AWS raises on request; an account says in `palisade:quotas` what it has. */
export const AWS_QUOTAS: Record<keyof AwsQuotas, Quota> = {
  /** For each direction and family. A reference to a group counts as one, to a prefix list as its maximum entries. */
  rulesPerGroup: { limit: 60, most: 1000, source: VPC },
  groupsPerInterface: { limit: 5, most: 16, source: VPC },
  /** For the account in a region, whatever else it has there. AWS names no maximum: this one is ours. */
  elasticAddresses: { limit: 5, most: 5000, source: VPC },
};

/** What AWS does not raise, or what no stack of ours comes near. */
export const AWS_LIMITS = {
  /** `rulesPerGroup` × `groupsPerInterface`. */
  rulesPerInterface: { limit: 1000, source: VPC },
  prefixListEntries: { limit: 1000, source: VPC },
  /** Letters of a security group's name, and of its description; and of a rule's. */
  groupName: { limit: 255, source: GROUP },
  groupDescription: { limit: 255, source: GROUP },
  ruleDescription: { limit: 255, source: RULE },
  prefixListName: { limit: 255, source: PREFIX_LIST },
  tags: { limit: 50, source: TAGS },
  tagKey: { limit: 128, source: TAGS },
  tagValue: { limit: 256, source: TAGS },
  /** Bytes, before they are encoded. */
  userData: { limit: 16_384, source: USER_DATA },
  /** Prefix lengths, of a network and of a subnet. */
  widestBlock: { limit: 16, source: SUBNETS },
  narrowestBlock: { limit: 28, source: SUBNETS },
} as const satisfies Record<string, Limit>;

/** Letters that a security group's name and description may have; a rule's description has the same (`API_IpRange`). */
export const GROUP_TEXT = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]*$/;
/** Letters that a tag may have everywhere. */
export const TAG_TEXT = /^[a-zA-Z0-9 +\-=._:/@]*$/;
