import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { at, type Fields, read, texts, UNKNOWN } from "./reading";
import { belongsTo, exportedEnvironment, stackOf } from "./stack";

const TAG = "palisade:environment";
const LINODE_TAG = "palisade-";
const LINODE_GROUP_TAG = "palisade-group-";

/** Resources that can be tagged, and that Palisade or a person adding to it makes. */
const TAGGED = new Set([
  "aws:ec2/eip:Eip",
  "aws:ec2/instance:Instance",
  "aws:ec2/internetGateway:InternetGateway",
  "aws:ec2/launchTemplate:LaunchTemplate",
  "aws:ec2/managedPrefixList:ManagedPrefixList",
  "aws:ec2/natGateway:NatGateway",
  "aws:ec2/networkInterface:NetworkInterface",
  "aws:ec2/routeTable:RouteTable",
  "aws:ec2/securityGroup:SecurityGroup",
  "aws:ec2/subnet:Subnet",
  "aws:ec2/vpc:Vpc",
  "aws:ec2/vpcEndpoint:VpcEndpoint",
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
  "linode:index/firewall:Firewall",
  "linode:index/instance:Instance",
]);

/** The environments that a resource's tags name; UNKNOWN where a preview can't tell. */
function environmentsOf(type: string, fields: Fields): string[] | typeof UNKNOWN {
  const tags = at(fields, "tags");
  if (tags === UNKNOWN) return UNKNOWN;
  if (type.startsWith("linode:")) {
    const named = texts(tags).filter(
      (tag) => tag.startsWith(LINODE_TAG) && !tag.startsWith(LINODE_GROUP_TAG),
    );
    const unknown = Array.isArray(tags) && tags.includes(UNKNOWN);
    return named.length === 0 && unknown ? UNKNOWN : named.map((tag) => tag.slice(LINODE_TAG.length));
  }
  const tag = at(tags, TAG);
  if (tag === UNKNOWN) return UNKNOWN;
  return typeof tag === "string" ? [tag] : [];
}

function isCloud(type: string): boolean {
  return type.startsWith("aws:") || type.startsWith("linode:");
}

/** Tags tell people and bills apart what belongs to whom; a wrong one hides a resource from its owner. */
export const environmentMatchesStack: ResourceValidationPolicy = {
  name: "environment-matches-stack",
  description: "Resources are tagged with the environment that their stack belongs to.",
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props, urn }, report) => {
    if (!isCloud(type)) return;
    const stack = stackOf(urn);
    const environments = environmentsOf(type, read(props));
    if (environments === UNKNOWN) return;
    if (environments.length === 0 && TAGGED.has(type)) {
      const tag = type.startsWith("linode:") ? `${LINODE_TAG}ENVIRONMENT` : TAG;
      report(`${name} does not say of which environment it is; tag it ${tag}`);
    }
    for (const environment of environments) {
      if (belongsTo(stack, environment)) continue;
      report(
        `${name} is tagged as of the environment ${environment}, but is in the stack ${stack}; ` +
          `set palisade:environment to the stack's, or name the stack ${environment} or ${environment}-REGION`,
      );
    }
  },
};

/** A stack's name allows for several environments, `prod` and `prod-eu` for `prod-eu-1`; its program has only one. */
export const oneEnvironment: StackValidationPolicy = {
  name: "one-environment",
  description: "All of a stack's resources are of the environment that it exports.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, report) => {
    const own = exportedEnvironment(resources);
    if (own === undefined) return;
    for (const { type, name, props, urn } of resources) {
      if (!isCloud(type)) continue;
      const environments = environmentsOf(type, read(props));
      if (environments === UNKNOWN) continue;
      for (const environment of environments.filter((name) => name !== own)) {
        report(
          `${name} is tagged as of ${environment}, but the stack's environment is ${own}; tag it so`,
          urn,
        );
      }
    }
  },
};
