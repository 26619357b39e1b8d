import type { ResourceType } from "../resource-type";
import type { Store } from "../store";
import { BOOLEAN, INTEGER, listOf, shape, STRING, STRINGS, TAGS, type Problem } from "../../grpc/checking";
import { text, type Properties } from "../../grpc/values";
import { AWS_LIMITS, GROUP_TEXT } from "../../../compiler/clouds/aws-limits";
import { ACCOUNT, arn, newId } from "./ids";
import { vpcExists } from "./network";
import { tagProblems } from "./tags";

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
  check: (inputs, store) => [
    ...vpcExists(inputs, store),
    ...groupTextProblems("name", inputs, AWS_LIMITS.groupName.limit),
    ...groupTextProblems("description", inputs, AWS_LIMITS.groupDescription.limit),
    ...tagProblems(inputs),
  ],
  claim: (inputs, store) => taken("name", "InvalidGroup.Duplicate", inputs, store, SECURITY_GROUP),
  outputs: (inputs, { id, name, store }) => ({
    ...{ arn: arn(store, "security-group", id), ownerId: ACCOUNT },
    name: inputs["name"] ?? `${name}-${id.slice(-7)}`,
    description: inputs["description"] ?? "Managed by Pulumi",
  }),
};

export const keyPair: ResourceType = {
  inputs: { keyName: STRING, keyNamePrefix: STRING, publicKey: STRING, region: STRING, tags: TAGS },
  required: ["publicKey"],
  replaces: ["keyName", "keyNamePrefix", "publicKey", "region"],
  optional: ["keyName", "region"],
  newId: () => newId("key"),
  check: (inputs) => keyProblems(text(inputs, "publicKey")),
  claim: (inputs, store) => taken("keyName", "InvalidKeyPair.Duplicate", inputs, store, KEY_PAIR),
  outputs: (inputs, { id, name, store }) => ({
    ...{ arn: arn(store, "key-pair", id), keyPairId: id },
    keyName: inputs["keyName"] ?? `${name}-${id.slice(-7)}`,
    keyType: text(inputs, "publicKey")?.startsWith("ssh-rsa ") === true ? "rsa" : "ed25519",
  }),
};

/** A problem with what EC2 takes as a group's name or description, or as a rule's description. */
export function groupTextProblems(property: string, inputs: Properties, longest: number): Problem[] {
  const value = text(inputs, property);
  if (value === undefined || (value.length <= longest && GROUP_TEXT.test(value))) return [];
  return [
    { property, reason: `InvalidParameterValue: "${value}" is longer than ${longest} or has other letters` },
  ];
}

/** EC2 takes RSA and Ed25519 keys in OpenSSH's format. */
function keyProblems(key: string | undefined): Problem[] {
  if (key === undefined || /^ssh-(rsa|ed25519) [A-Za-z0-9+/]+=*( [^\r\n]*)?\s*$/.test(key)) return [];
  return [
    { property: "publicKey", reason: "InvalidKey.Format: Key is not in valid OpenSSH public key format" },
  ];
}

function taken(property: string, code: string, inputs: Properties, store: Store, type: string): Problem[] {
  const name = text(inputs, property);
  if (name === undefined) return [];
  const other = store
    .all(type)
    .find((one) => one.outputs[property] === name && one.inputs["vpcId"] === inputs["vpcId"]);
  return other === undefined ? [] : [{ property, reason: `${code}: "${name}" already exists (${other.id})` }];
}
