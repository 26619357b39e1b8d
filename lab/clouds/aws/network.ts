import { contains, formatIpv6, overlaps, parseBlock, type Block } from "../blocks";
import { BOOLEAN, listOf, shape, STRING, STRINGS, TAGS } from "../checking";
import { shortHash } from "../../machine";
import type { CreateContext, Problem, ResourceType } from "../resource-type";
import type { Store } from "../store";
import { text, type Properties } from "../values";
import { ACCOUNT, arn, newId } from "./ids";

export const VPC = "aws:ec2/vpc:Vpc";
export const SUBNET = "aws:ec2/subnet:Subnet";

/** IPv6 blocks of the lab's VPCs are cut out of this. */
const IPV6_POOL = parseBlock("2001:db8:a000::/40");

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
  check: (inputs) => blockProblems("cidrBlock", text(inputs, "cidrBlock"), "InvalidVpc.Range"),
  outputs: (inputs, context) => ({
    arn: arn("vpc", context.id),
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
  outputs: (inputs, { id }) => ({
    arn: arn("subnet", id),
    ownerId: ACCOUNT,
    availabilityZone: inputs["availabilityZone"] ?? "us-east-1a",
    assignIpv6AddressOnCreation: inputs["assignIpv6AddressOnCreation"] ?? false,
    mapPublicIpOnLaunch: inputs["mapPublicIpOnLaunch"] ?? false,
  }),
};

export const internetGateway: ResourceType = {
  inputs: { vpcId: STRING, region: STRING, tags: TAGS },
  required: [],
  replaces: ["region"],
  optional: ["region"],
  newId: () => newId("igw"),
  check: vpcExists,
  outputs: (_inputs, { id }) => ({ arn: arn("internet-gateway", id), ownerId: ACCOUNT }),
};

export const routeTable: ResourceType = {
  inputs: {
    vpcId: STRING,
    routes: listOf(
      shape({
        cidrBlock: STRING,
        ipv6CidrBlock: STRING,
        gatewayId: STRING,
        natGatewayId: STRING,
        networkInterfaceId: STRING,
      }),
    ),
    propagatingVgws: STRINGS,
    region: STRING,
    tags: TAGS,
  },
  required: ["vpcId"],
  replaces: ["vpcId", "region"],
  optional: ["routes", "propagatingVgws", "region"],
  newId: () => newId("rtb"),
  check: vpcExists,
  outputs: (_inputs, { id }) => ({ arn: arn("route-table", id), ownerId: ACCOUNT }),
};

export const routeTableAssociation: ResourceType = {
  inputs: { subnetId: STRING, gatewayId: STRING, routeTableId: STRING, region: STRING },
  required: ["routeTableId"],
  replaces: ["subnetId", "gatewayId", "region"],
  optional: ["region"],
  newId: () => newId("rtbassoc"),
  check: (inputs, store) => [
    ...missing(
      "routeTableId",
      inputs,
      store,
      "aws:ec2/routeTable:RouteTable",
      "InvalidRouteTableID.NotFound",
    ),
    ...missing("subnetId", inputs, store, SUBNET, "InvalidSubnetID.NotFound"),
  ],
  outputs: () => ({}),
};

/** A problem if the property names a resource that the account does not have. */
export function missing(
  property: string,
  inputs: Properties,
  store: Store,
  type: string,
  code: string,
): Problem[] {
  const id = text(inputs, property);
  if (id === undefined || store.get(id, type) !== undefined) return [];
  return [{ property, reason: `${code}: "${id}" does not exist` }];
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
  const own = blockProblems("cidrBlock", text(inputs, "cidrBlock"), "InvalidSubnet.Range");
  const id = text(inputs, "vpcId");
  if (id === undefined) return own;
  const parent = store.get(id, VPC);
  if (parent === undefined) return [...own, ...vpcExists(inputs, store)];
  return [
    ...own,
    ...outside("cidrBlock", inputs, text(parent.inputs, "cidrBlock")),
    ...outside("ipv6CidrBlock", inputs, text(parent.outputs, "ipv6CidrBlock")),
    ...ipv6Length(text(inputs, "ipv6CidrBlock")),
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

/** A /56 chosen by the VPC's name, the next free one if another VPC has it: the same names, the same addresses. */
function generatedBlock(context: CreateContext): string {
  if (IPV6_POOL === undefined) throw new Error("the lab's IPv6 pool is no block");
  const used = new Set(
    context.store
      .all(VPC)
      .filter((one) => one.id !== context.id)
      .map((one) => one.outputs["ipv6CidrBlock"]),
  );
  const first = parseInt(shortHash(`${context.stack} ${context.name}`, 4), 16);
  for (let step = 0; step < 0x10000; step++) {
    const index = BigInt((first + step) % 0x10000);
    const block = `${formatIpv6(IPV6_POOL.first + (index << 72n))}/56`;
    if (!used.has(block)) return block;
  }
  throw new Error("the lab's AWS has given away every IPv6 block");
}
