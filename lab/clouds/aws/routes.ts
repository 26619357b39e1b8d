import { parseBlock } from "../blocks";
import type { ResourceType } from "../resource-type";
import type { Store } from "../store";
import { listOf, shape, STRING, STRINGS, TAGS, type Problem } from "../../grpc/checking";
import { objects, text, type Properties } from "../../grpc/values";
import { ACCOUNT, arn, newId } from "./ids";
import { missing, SUBNET, vpcExists } from "./network";
import { tagProblems } from "./tags";

export const INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway";
export const ROUTE_TABLE = "aws:ec2/routeTable:RouteTable";

export const internetGateway: ResourceType = {
  inputs: { vpcId: STRING, region: STRING, tags: TAGS },
  required: [],
  replaces: ["region"],
  optional: ["region"],
  heldByUsers: true,
  newId: () => newId("igw"),
  check: (inputs, store) => [...vpcExists(inputs, store), ...tagProblems(inputs)],
  claim: (inputs, store, id) => {
    const other = store
      .all(INTERNET_GATEWAY)
      .find((one) => one.id !== id && one.inputs["vpcId"] === inputs["vpcId"]);
    if (other === undefined || inputs["vpcId"] === undefined) return [];
    return [
      {
        property: "vpcId",
        reason: `InvalidParameterValue: Network already has an internet gateway, ${other.id}`,
      },
    ];
  },
  outputs: (_inputs, { id, store }) => ({ arn: arn(store, "internet-gateway", id), ownerId: ACCOUNT }),
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
  heldByUsers: true,
  newId: () => newId("rtb"),
  check: (inputs, store) => [
    ...vpcExists(inputs, store),
    ...objects(inputs, "routes").flatMap((route) => routeProblems(route, inputs, store)),
    ...duplicateRoutes(objects(inputs, "routes")),
    ...tagProblems(inputs),
  ],
  outputs: (_inputs, { id, store }) => ({ arn: arn(store, "route-table", id), ownerId: ACCOUNT }),
};

export const routeTableAssociation: ResourceType = {
  inputs: { subnetId: STRING, gatewayId: STRING, routeTableId: STRING, region: STRING },
  required: ["routeTableId"],
  replaces: ["subnetId", "gatewayId", "region"],
  optional: ["region"],
  newId: () => newId("rtbassoc"),
  check: (inputs, store) => [
    ...missing("routeTableId", inputs, store, ROUTE_TABLE, "InvalidRouteTableID.NotFound"),
    ...missing("subnetId", inputs, store, SUBNET, "InvalidSubnetID.NotFound"),
  ],
  claim: (inputs, store, id) => {
    const other = store
      .all("aws:ec2/routeTableAssociation:RouteTableAssociation")
      .find((one) => one.id !== id && one.inputs["subnetId"] === inputs["subnetId"]);
    if (other === undefined || inputs["subnetId"] === undefined) return [];
    return [
      { property: "subnetId", reason: `Resource.AlreadyAssociated: ${other.id} gives it a route table` },
    ];
  },
  outputs: () => ({}),
};

/** A route leads to a gateway of the table's own VPC, from one block of addresses. */
function routeProblems(route: Properties, inputs: Properties, store: Store): Problem[] {
  const gateway = text(route, "gatewayId");
  const blocks = ["cidrBlock", "ipv6CidrBlock"].flatMap((key) => text(route, key) ?? []);
  const problems: Problem[] = missingGateway(gateway, store);
  const vpc = gateway === undefined ? undefined : store.here(gateway, INTERNET_GATEWAY)?.inputs["vpcId"];
  if (vpc !== undefined && vpc !== inputs["vpcId"]) {
    problems.push({ property: "routes", reason: `InvalidParameterValue: ${gateway} is of another network` });
  }
  if (blocks.length !== 1 || blocks.some((block) => parseBlock(block) === undefined)) {
    problems.push({
      property: "routes",
      reason: `InvalidParameterValue: one block in CIDR notation, and not "${blocks.join(", ")}"`,
    });
  }
  return problems;
}

function missingGateway(gatewayId: string | undefined, store: Store): Problem[] {
  if (gatewayId === undefined) return [];
  const inputs = { routes: gatewayId };
  return missing("routes", inputs, store, INTERNET_GATEWAY, "InvalidGatewayID.NotFound");
}

function duplicateRoutes(routes: readonly Properties[]): Problem[] {
  const blocks = routes.map((route) => text(route, "cidrBlock") ?? text(route, "ipv6CidrBlock"));
  const twice = blocks.find((block, index) => block !== undefined && blocks.indexOf(block) !== index);
  if (twice === undefined) return [];
  return [
    { property: "routes", reason: `RouteAlreadyExists: The route identified by ${twice} already exists` },
  ];
}
