import { openLab } from "../../machine";
import { CloudProvider } from "../cloud-provider";
import type { ResourceType } from "../resource-type";
import { serve } from "../serve";
import { Store } from "../store";
import { eip, EIP } from "./addresses";
import { DEFAULT_REGION } from "./ids";
import { getAmi } from "./images";
import { instance } from "./instance";
import { INSTANCE } from "./instance-inputs";
import { subnet, SUBNET, vpc, VPC } from "./network";
import { prefixList, PREFIX_LIST } from "./prefix-list";
import { internetGateway, INTERNET_GATEWAY, routeTable, ROUTE_TABLE, routeTableAssociation } from "./routes";
import { INGRESS_RULE, EGRESS_RULE, securityGroupRule } from "./rules";
import { keyPair, KEY_PAIR, securityGroup, SECURITY_GROUP } from "./security";

const TYPES: Record<string, ResourceType> = {
  [VPC]: vpc,
  [SUBNET]: subnet,
  [INTERNET_GATEWAY]: internetGateway,
  [ROUTE_TABLE]: routeTable,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": routeTableAssociation,
  [SECURITY_GROUP]: securityGroup,
  [INGRESS_RULE]: securityGroupRule(INGRESS_RULE),
  [EGRESS_RULE]: securityGroupRule(EGRESS_RULE),
  [PREFIX_LIST]: prefixList,
  [KEY_PAIR]: keyPair,
  [INSTANCE]: instance,
  [EIP]: eip,
};

serve(
  new CloudProvider("7.48.0", new Store(openLab(), "aws", DEFAULT_REGION), TYPES, {
    "aws:ec2/getAmi:getAmi": getAmi,
  }),
);
