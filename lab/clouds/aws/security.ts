import { BOOLEAN, INTEGER, listOf, shape, STRING, STRINGS, TAGS } from "../checking";
import type { Problem, ResourceType } from "../resource-type";
import type { Store } from "../store";
import { text, type Properties } from "../values";
import { ACCOUNT, arn, newId, REGION } from "./ids";
import { missing, vpcExists } from "./network";
import { parseBlock } from "../blocks";

export const SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup";
export const KEY_PAIR = "aws:ec2/keyPair:KeyPair";

const RULE = shape(
  {
    ...{
      fromPort: INTEGER,
      toPort: INTEGER,
      protocol: STRING,
      description: { type: "string" },
      self: BOOLEAN,
    },
    ...{ cidrBlocks: STRINGS, ipv6CidrBlocks: STRINGS, prefixListIds: STRINGS, securityGroups: STRINGS },
  },
  ["fromPort", "toPort", "protocol"],
);

/** Kept and checked, not enforced: what the lab shows is that hosts enforce the policy themselves. */
export const securityGroup: ResourceType = {
  inputs: {
    ...{ name: STRING, namePrefix: STRING, description: STRING, vpcId: STRING, region: STRING, tags: TAGS },
    ...{ ingress: listOf(RULE), egress: listOf(RULE), revokeRulesOnDelete: BOOLEAN },
  },
  required: [],
  replaces: ["name", "namePrefix", "description", "vpcId", "region"],
  optional: ["name", "description", "ingress", "egress", "vpcId", "region"],
  heldByUsers: true,
  newId: () => newId("sg"),
  check: vpcExists,
  claim: (inputs, store) => taken("name", "InvalidGroup.Duplicate", inputs, store, SECURITY_GROUP),
  outputs: (inputs, { id, name }) => ({
    ...{ arn: arn("security-group", id), ownerId: ACCOUNT },
    name: inputs["name"] ?? `${name}-${id.slice(-7)}`,
    description: inputs["description"] ?? "Managed by Pulumi",
  }),
};

export const securityGroupRule: ResourceType = {
  inputs: {
    ...{
      securityGroupId: STRING,
      ipProtocol: STRING,
      fromPort: INTEGER,
      toPort: INTEGER,
      description: STRING,
    },
    ...{ cidrIpv4: STRING, cidrIpv6: STRING, prefixListId: STRING, referencedSecurityGroupId: STRING },
    ...{ region: STRING, tags: TAGS },
  },
  required: ["securityGroupId", "ipProtocol"],
  replaces: ["securityGroupId", "region"],
  optional: ["region"],
  newId: () => newId("sgr"),
  check: (inputs, store) => [
    ...missing("securityGroupId", inputs, store, SECURITY_GROUP, "InvalidGroup.NotFound"),
    ...missing("referencedSecurityGroupId", inputs, store, SECURITY_GROUP, "InvalidGroup.NotFound"),
    ...["cidrIpv4", "cidrIpv6"].flatMap((property) => noBlock(property, inputs)),
  ],
  outputs: (_inputs, { id }) => ({ arn: arn("security-group-rule", id), securityGroupRuleId: id }),
};

export const keyPair: ResourceType = {
  inputs: { keyName: STRING, keyNamePrefix: STRING, publicKey: STRING, region: STRING, tags: TAGS },
  required: ["publicKey"],
  replaces: ["keyName", "keyNamePrefix", "publicKey", "region"],
  optional: ["keyName", "region"],
  newId: () => newId("key"),
  check: (inputs) => keyProblems(text(inputs, "publicKey")),
  claim: (inputs, store) => taken("keyName", "InvalidKeyPair.Duplicate", inputs, store, KEY_PAIR),
  outputs: (inputs, { id, name }) => ({
    ...{ arn: `arn:aws:ec2:${REGION}:${ACCOUNT}:key-pair/${id}`, keyPairId: id },
    keyName: inputs["keyName"] ?? `${name}-${id.slice(-7)}`,
    keyType: text(inputs, "publicKey")?.startsWith("ssh-rsa ") === true ? "rsa" : "ed25519",
  }),
};

/** EC2 takes RSA and Ed25519 keys in OpenSSH's format. */
function keyProblems(key: string | undefined): Problem[] {
  if (key === undefined || /^ssh-(rsa|ed25519) [A-Za-z0-9+/]+=*( [^\r\n]*)?\s*$/.test(key)) return [];
  return [
    { property: "publicKey", reason: "InvalidKey.Format: Key is not in valid OpenSSH public key format" },
  ];
}

function noBlock(property: string, inputs: Properties): Problem[] {
  const cidr = text(inputs, property);
  if (cidr === undefined || parseBlock(cidr)?.family === (property === "cidrIpv4" ? 4 : 6)) return [];
  return [{ property, reason: `InvalidParameterValue: CIDR block ${cidr} is malformed` }];
}

function taken(property: string, code: string, inputs: Properties, store: Store, type: string): Problem[] {
  const name = text(inputs, property);
  if (name === undefined) return [];
  const other = store
    .all(type)
    .find((one) => one.outputs[property] === name && one.inputs["vpcId"] === inputs["vpcId"]);
  return other === undefined ? [] : [{ property, reason: `${code}: "${name}" already exists (${other.id})` }];
}
