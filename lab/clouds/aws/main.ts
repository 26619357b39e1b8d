import * as provider from "@pulumi/pulumi/provider";
import { openLab } from "../../machine";
import { CloudProvider } from "../cloud-provider";
import type { ResourceType } from "../resource-type";
import { Store } from "../store";
import { getAmi } from "./images";
import { INSTANCE, instance } from "./instance";
import { internetGateway, routeTable, routeTableAssociation, subnet, SUBNET, vpc, VPC } from "./network";
import { keyPair, KEY_PAIR, securityGroup, securityGroupRule, SECURITY_GROUP } from "./security";

const TYPES: Record<string, ResourceType> = {
  [VPC]: vpc,
  [SUBNET]: subnet,
  "aws:ec2/internetGateway:InternetGateway": internetGateway,
  "aws:ec2/routeTable:RouteTable": routeTable,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": routeTableAssociation,
  [SECURITY_GROUP]: securityGroup,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": securityGroupRule,
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": securityGroupRule,
  [KEY_PAIR]: keyPair,
  [INSTANCE]: instance,
};

const aws = new CloudProvider("7.48.0", new Store(openLab(), "aws"), TYPES, {
  "aws:ec2/getAmi:getAmi": getAmi,
});
void provider.main(aws, process.argv.slice(2));
