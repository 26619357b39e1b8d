import { parseBlock } from "../blocks";
import { bootMachine, hostNameFor, isMachineRunning, restartMachine, stopMachine } from "../machine";
import type { ResourceType } from "../resource-type";
import type { Store } from "../store";
import { BOOLEAN, INTEGER, shape, STRING, STRINGS, TAGS } from "../../grpc/checking";
import { object, text, texts, type Properties } from "../../grpc/values";
import { arn, newId, regionOf } from "./ids";
import { addressesInUse, instanceProblems } from "./instance-checks";
import { INSTANCE, publicKeyOf, subnetOf, userDataOf } from "./instance-inputs";

const METADATA_OPTIONS = shape({
  httpEndpoint: { enum: ["enabled", "disabled"] },
  httpTokens: { enum: ["optional", "required"] },
  httpPutResponseHopLimit: { type: "integer", minimum: 1, maximum: 64 },
  httpProtocolIpv6: { enum: ["enabled", "disabled"] },
  instanceMetadataTags: { enum: ["enabled", "disabled"] },
});

const ROOT_BLOCK_DEVICE = shape({
  ...{ deleteOnTermination: BOOLEAN, encrypted: BOOLEAN, kmsKeyId: STRING, tags: TAGS },
  ...{ iops: INTEGER, throughput: INTEGER, volumeSize: { type: "integer", minimum: 8 } },
  volumeType: { enum: ["standard", "gp2", "gp3", "io1", "io2", "sc1", "st1"] },
});

export const instance: ResourceType = {
  inputs: {
    ...{ ami: STRING, instanceType: STRING, subnetId: STRING, privateIp: STRING, ipv6Addresses: STRINGS },
    ...{ vpcSecurityGroupIds: STRINGS, associatePublicIpAddress: BOOLEAN, keyName: STRING },
    ...{ userData: STRING, userDataBase64: STRING, userDataReplaceOnChange: BOOLEAN, tags: TAGS },
    ...{ metadataOptions: METADATA_OPTIONS, rootBlockDevice: ROOT_BLOCK_DEVICE, volumeTags: TAGS },
    ...{ availabilityZone: STRING, iamInstanceProfile: STRING, monitoring: BOOLEAN, ebsOptimized: BOOLEAN },
    ...{ disableApiTermination: BOOLEAN, sourceDestCheck: BOOLEAN, region: STRING },
  },
  required: ["ami", "instanceType", "subnetId"],
  replaces: (news) => [
    ...["ami", "subnetId", "privateIp", "ipv6Addresses", "keyName", "associatePublicIpAddress"],
    ...["availabilityZone", "region"],
    ...(news["userDataReplaceOnChange"] === true ? ["userData", "userDataBase64"] : []),
  ],
  optional: [
    "privateIp",
    "availabilityZone",
    "vpcSecurityGroupIds",
    "associatePublicIpAddress",
    "region",
  ].concat(...["metadataOptions", "rootBlockDevice", "sourceDestCheck", "userDataReplaceOnChange"]),
  secret: ["userData", "userDataBase64"],
  newId: () => newId("i"),
  check: instanceProblems,
  claim: addressesInUse,
  hostName: (inputs, context) => hostNameFor(text(object(inputs, "tags"), "Name"), context),
  outputs: (inputs, { id, store }) => {
    const privateIp = text(inputs, "privateIp") ?? freeAddress(inputs, store);
    return {
      arn: arn(store, "instance", id),
      region: regionOf(store),
      privateIp,
      ipv6Addresses: texts(inputs, "ipv6Addresses"),
      publicIp: hasPublicAddress(inputs, store) ? privateIp : "",
      instanceState: "running",
      availabilityZone: text(subnetOf(inputs, store)?.outputs ?? {}, "availabilityZone") ?? "",
      primaryNetworkInterfaceId: newId("eni"),
    };
  },
  start: (inputs, stored, store) =>
    bootMachine(stored, store, {
      ipv4: text(stored.outputs, "privateIp"),
      ipv6: texts(inputs, "ipv6Addresses"),
      userData: userDataOf(inputs),
      ...loginOf(inputs, store),
    }),
  change: async (before, inputs, store) => {
    // EC2 stops an instance to give it another size.
    if (before.inputs["instanceType"] !== inputs["instanceType"]) await restartMachine(before, store);
    return {};
  },
  look: (stored, store) => ({ instanceState: isMachineRunning(stored, store) ? "running" : "stopped" }),
  stop: stopMachine,
};

function freeAddress(inputs: Properties, store: Store): string {
  const block = parseBlock(text(subnetOf(inputs, store)?.inputs ?? {}, "cidrBlock") ?? "");
  if (block === undefined) throw new Error("the subnet has no IPv4 block");
  const used = new Set(store.all(INSTANCE).map((one) => one.outputs["privateIp"]));
  for (let number = block.first + 4n; number < block.last; number++) {
    const address = [24n, 16n, 8n, 0n].map((shift) => String((number >> shift) & 255n)).join(".");
    if (!used.has(address)) return address;
  }
  throw new Error("InsufficientFreeAddressesInSubnet");
}

/** The lab has one address for both: what is private on AWS is reached by everybody on the lab's bridge. */
function hasPublicAddress(inputs: Properties, store: Store): boolean {
  return (
    (inputs["associatePublicIpAddress"] ?? subnetOf(inputs, store)?.inputs["mapPublicIpOnLaunch"]) === true
  );
}

/** The key pair logs in as `admin`, the account of Debian's images. */
function loginOf(inputs: Properties, store: Store): { authorizedKeys?: string[]; loginUser?: string } {
  const key = publicKeyOf(text(inputs, "keyName"), store);
  return key === undefined ? {} : { authorizedKeys: [key], loginUser: "admin" };
}
