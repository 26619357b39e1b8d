import { contains, formatIpv6, overlaps, parseBlock, type Block } from "../blocks";
import { shortHash } from "../../machine";
import type { CreateContext, ResourceType } from "../resource-type";
import type { Store } from "../store";
import { BOOLEAN, STRING, TAGS, type Problem } from "../../grpc/checking";
import { text, type Properties } from "../../grpc/values";
import { ACCOUNT, arn, newId, regionOf } from "./ids";
import { tagProblems } from "./tags";

export const VPC = "aws:ec2/vpc:Vpc";
export const SUBNET = "aws:ec2/subnet:Subnet";

/** IPv6 blocks of the lab's VPCs are cut out of this: a /44 for each region, in which there is room for 4096. */
const IPV6_POOL = parseBlock("2001:db8:a000::/36");
const REGIONS_BITS = 8;
const VPCS_BITS = 12;

export const vpc: ResourceType = {
  inputs: {
    cidrBlock: STRING,
    assignGeneratedIpv6CidrBlock: BOOLEAN,
    enableDnsHostnames: BOOLEAN,
    enableDnsSupport: BOOLEAN,
    instanceTenancy: { enum: ["default", "dedicated"] },
    region: STRING,
    tags: TAGS,
  },
  required: ["cidrBlock"],
  replaces: ["cidrBlock", "region"],
  optional: ["instanceTenancy", "enableDnsSupport", "enableDnsHostnames", "region"],
  heldByUsers: true,
  newId: () => newId("vpc"),
  check: (inputs) => [
    ...blockProblems("cidrBlock", text(inputs, "cidrBlock"), "InvalidVpc.Range"),
    ...tagProblems(inputs),
  ],
  outputs: (inputs, context) => ({
    arn: arn(context.store, "vpc", context.id),
    ownerId: ACCOUNT,
    enableDnsSupport: inputs["enableDnsSupport"] ?? true,
    ipv6CidrBlock: inputs["assignGeneratedIpv6CidrBlock"] === true ? generatedBlock(context) : "",
  }),
  change: (before, inputs, store): Promise<Properties> => {
    if (inputs["assignGeneratedIpv6CidrBlock"] !== true) return Promise.resolve({ ipv6CidrBlock: "" });
    if (text(before.outputs, "ipv6CidrBlock") !== "") return Promise.resolve({});
    const name = before.urn.split("::").pop() ?? "";
    const context = { store, id: before.id, stack: before.stack, name };
    return Promise.resolve({ ipv6CidrBlock: generatedBlock(context) });
  },
};

export const subnet: ResourceType = {
  inputs: {
    vpcId: STRING,
    cidrBlock: STRING,
    ipv6CidrBlock: STRING,
    assignIpv6AddressOnCreation: BOOLEAN,
    availabilityZone: STRING,
    mapPublicIpOnLaunch: BOOLEAN,
    region: STRING,
    tags: TAGS,
  },
  required: ["vpcId", "cidrBlock"],
  replaces: ["vpcId", "cidrBlock", "ipv6CidrBlock", "availabilityZone", "region"],
  optional: ["availabilityZone", "assignIpv6AddressOnCreation", "mapPublicIpOnLaunch", "region"],
  heldByUsers: true,
  newId: () => newId("subnet"),
  check: subnetProblems,
  claim: siblingProblems,
  outputs: (inputs, { id, store }) => ({
    arn: arn(store, "subnet", id),
    ownerId: ACCOUNT,
    availabilityZone: inputs["availabilityZone"] ?? `${regionOf(store)}a`,
    assignIpv6AddressOnCreation: inputs["assignIpv6AddressOnCreation"] ?? false,
    mapPublicIpOnLaunch: inputs["mapPublicIpOnLaunch"] ?? false,
  }),
};

/** A problem if the property names a resource that the account does not have in this region. */
export function missing(
  property: string,
  inputs: Properties,
  store: Store,
  type: string,
  code: string,
): Problem[] {
  const id = text(inputs, property);
  if (id === undefined || store.here(id, type) !== undefined) return [];
  const elsewhere = store.get(id, type)?.region;
  const where = elsewhere === undefined ? "" : ` in ${regionOf(store)}; it is of ${elsewhere}`;
  return [{ property, reason: `${code}: "${id}" does not exist${where}` }];
}

export function vpcExists(inputs: Properties, store: Store): Problem[] {
  return missing("vpcId", inputs, store, VPC, "InvalidVpcID.NotFound");
}

function blockProblems(property: string, cidr: string | undefined, code: string): Problem[] {
  if (cidr === undefined) return [];
  const block = parseBlock(cidr);
  if (block === undefined || block.family !== 4) {
    return [{ property, reason: `${code}: "${cidr}" is no IPv4 block in CIDR notation without host bits` }];
  }
  if (block.length >= 16 && block.length <= 28) return [];
  return [{ property, reason: `${code}: "${cidr}" must be between /16 and /28` }];
}

function subnetProblems(inputs: Properties, store: Store): Problem[] {
  const own = [
    ...blockProblems("cidrBlock", text(inputs, "cidrBlock"), "InvalidSubnet.Range"),
    ...zoneProblems(text(inputs, "availabilityZone"), store),
    ...tagProblems(inputs),
  ];
  const id = text(inputs, "vpcId");
  if (id === undefined) return own;
  const parent = store.here(id, VPC);
  if (parent === undefined) return [...own, ...vpcExists(inputs, store)];
  return [
    ...own,
    ...outside("cidrBlock", inputs, text(parent.inputs, "cidrBlock")),
    ...outside("ipv6CidrBlock", inputs, text(parent.outputs, "ipv6CidrBlock")),
    ...ipv6Length(text(inputs, "ipv6CidrBlock")),
  ];
}

/** Every region of the lab's has zones a to d. */
function zoneProblems(zone: string | undefined, store: Store): Problem[] {
  const region = regionOf(store);
  if (zone === undefined || (zone.slice(0, -1) === region && /[a-d]$/.test(zone))) return [];
  return [
    {
      property: "availabilityZone",
      reason: `InvalidParameterValue: Value (${zone}) is invalid; the lab has ${region}a to ${region}d`,
    },
  ];
}

function outside(property: string, inputs: Properties, outer: string | undefined): Problem[] {
  const cidr = text(inputs, property);
  if (cidr === undefined) return [];
  const inner = parseBlock(cidr);
  const parent = parseBlock(outer ?? "");
  if (inner !== undefined && parent !== undefined && contains(parent, inner)) return [];
  return [
    {
      property,
      reason: `InvalidSubnet.Range: "${cidr}" is not inside the VPC's ${outer || "(no IPv6 block)"}`,
    },
  ];
}

function ipv6Length(cidr: string | undefined): Problem[] {
  const block = parseBlock(cidr ?? "");
  if (block === undefined || (block.length >= 44 && block.length <= 64 && block.length % 4 === 0)) return [];
  return [{ property: "ipv6CidrBlock", reason: "InvalidSubnet.Range: must be /44 to /64 in steps of 4" }];
}

function siblingProblems(inputs: Properties, store: Store, id: string): Problem[] {
  const siblings = store
    .all(SUBNET)
    .filter((one) => one.id !== id && one.inputs["vpcId"] === inputs["vpcId"]);
  return ["cidrBlock", "ipv6CidrBlock"].flatMap((property) => {
    const own = parseBlock(text(inputs, property) ?? "");
    const other = siblings.find((one) => clash(own, parseBlock(text(one.inputs, property) ?? "")));
    if (other === undefined) return [];
    return [{ property, reason: `InvalidSubnet.Conflict: overlaps with ${other.id} of the same VPC` }];
  });
}

function clash(one: Block | undefined, other: Block | undefined): boolean {
  return one !== undefined && other !== undefined && overlaps(one, other);
}

/**
 * A /56 of the region's, chosen by the VPC's name, the next free one if another VPC has it: the same names, the same
 * addresses. Two regions of one number in the pool share its blocks, and have none twice.
 */
function generatedBlock({ store, stack, name, id }: CreateContext): string {
  if (IPV6_POOL === undefined) throw new Error("the lab's IPv6 pool is no block");
  const others = store.all(VPC).filter((one) => one.id !== id);
  const used = new Set(others.map((one) => one.outputs["ipv6CidrBlock"]));
  const region = numberOf(regionOf(store), REGIONS_BITS) << BigInt(VPCS_BITS);
  const first = numberOf(`${stack} ${name}`, VPCS_BITS);
  for (let step = 0n; step < 1n << BigInt(VPCS_BITS); step++) {
    const index = region + ((first + step) & ((1n << BigInt(VPCS_BITS)) - 1n));
    const block = `${formatIpv6(IPV6_POOL.first + (index << 72n))}/56`;
    if (!used.has(block)) return block;
  }
  throw new Error("the lab's AWS has given away every IPv6 block of the region");
}

/** So many bits of a text's hash. */
function numberOf(text: string, bits: number): bigint {
  return BigInt(`0x${shortHash(text, 4)}`) >> BigInt(16 - bits);
}
