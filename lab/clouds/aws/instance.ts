import { holds, parseAddress, parseBlock, type Block } from "../blocks";
import { BOOLEAN, INTEGER, shape, STRING, STRINGS, TAGS } from "../checking";
import { bootMachine, hostNameFor, isMachineRunning, restartMachine, stopMachine } from "../machine";
import type { Problem, ResourceType } from "../resource-type";
import type { Store, StoredResource } from "../store";
import { object, text, texts, type Properties } from "../values";
import { arn, newId } from "./ids";
import { isKnownImage } from "./images";
import { missing, SUBNET } from "./network";
import { KEY_PAIR, SECURITY_GROUP } from "./security";

export const INSTANCE = "aws:ec2/instance:Instance";

/** EC2's limit for user data before it is encoded. */
const USER_DATA_BYTES = 16_384;

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
      arn: arn("instance", id),
      privateIp,
      ipv6Addresses: texts(inputs, "ipv6Addresses"),
      publicIp: hasPublicAddress(inputs, store) ? privateIp : "",
      instanceState: "running",
      availabilityZone: inputs["availabilityZone"] ?? "us-east-1a",
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

function instanceProblems(inputs: Properties, store: Store): Problem[] {
  return [
    ...imageProblems(text(inputs, "ami")),
    ...sizeProblems(text(inputs, "instanceType")),
    ...userDataProblems(inputs),
    ...missing("subnetId", inputs, store, SUBNET, "InvalidSubnetID.NotFound"),
    ...texts(inputs, "vpcSecurityGroupIds").flatMap((id) =>
      missing(
        "vpcSecurityGroupIds",
        { vpcSecurityGroupIds: id },
        store,
        SECURITY_GROUP,
        "InvalidGroup.NotFound",
      ),
    ),
    ...keyProblems(inputs, store),
    ...addressProblems(inputs, store),
  ];
}

function imageProblems(ami: string | undefined): Problem[] {
  if (ami === undefined || isKnownImage(ami)) return [];
  return [
    {
      property: "ami",
      reason: `InvalidAMIID.NotFound: "${ami}"; the lab's hosts boot what getAmi finds for Debian 12`,
    },
  ];
}

function sizeProblems(size: string | undefined): Problem[] {
  if (
    size === undefined ||
    /^[a-z][a-z0-9-]*\.(nano|micro|small|medium|large|(\d+)?xlarge|metal(-\d+xl)?)$/.test(size)
  )
    return [];
  return [{ property: "instanceType", reason: `InvalidParameterValue: "${size}" is no instance type` }];
}

function userDataProblems(inputs: Properties): Problem[] {
  const problems: Problem[] = [];
  const script = userDataOf(inputs);
  if (script === undefined) return problems;
  const property = "userData" in inputs ? "userData" : "userDataBase64";
  if ("userData" in inputs && "userDataBase64" in inputs) {
    problems.push({ property, reason: "conflicts with userDataBase64" });
  }
  if (Buffer.byteLength(script) > USER_DATA_BYTES) {
    problems.push({
      property,
      reason: `InvalidParameterValue: User data is limited to ${USER_DATA_BYTES} bytes`,
    });
  }
  if (!script.startsWith("#!"))
    problems.push({ property, reason: "the lab's hosts run only scripts, beginning with #!" });
  return problems;
}

function keyProblems(inputs: Properties, store: Store): Problem[] {
  const name = text(inputs, "keyName");
  if (name === undefined || publicKeyOf(name, store) !== undefined) return [];
  return [{ property: "keyName", reason: `InvalidKeyPair.NotFound: "${name}" does not exist` }];
}

function addressProblems(inputs: Properties, store: Store): Problem[] {
  const subnet = subnetOf(inputs, store);
  if (subnet === undefined) return [];
  const block = parseBlock(text(subnet.inputs, "cidrBlock") ?? "");
  const ipv6Block = parseBlock(text(subnet.inputs, "ipv6CidrBlock") ?? "");
  const privateIp = text(inputs, "privateIp");
  return [
    ...(privateIp === undefined ? [] : badAddress("privateIp", privateIp, 4, block)),
    ...texts(inputs, "ipv6Addresses").flatMap((address) =>
      badAddress("ipv6Addresses", address, 6, ipv6Block),
    ),
  ];
}

/** Amazon keeps a subnet's first four addresses and its last for itself. */
function badAddress(property: string, address: string, family: 4 | 6, block: Block | undefined): Problem[] {
  const number = parseAddress(address, family);
  if (number === undefined)
    return [{ property, reason: `InvalidParameterValue: "${address}" is no IPv${family} address` }];
  if (block === undefined || !holds(block, number)) {
    return [
      {
        property,
        reason: `InvalidParameterValue: Address ${address} does not fall within the subnet's address range`,
      },
    ];
  }
  if (number >= block.first + 4n && number < block.last) return [];
  return [
    { property, reason: `InvalidParameterValue: Address ${address} is in subnet's reserved address range` },
  ];
}

function addressesInUse(inputs: Properties, store: Store, id: string): Problem[] {
  const others = store.all(INSTANCE).filter((one) => one.id !== id);
  const user = (address: string) =>
    others.find(
      (one) => one.outputs["privateIp"] === address || texts(one.outputs, "ipv6Addresses").includes(address),
    );
  const privateIp = text(inputs, "privateIp");
  const wanted = [
    ...(privateIp === undefined ? [] : [["privateIp", privateIp] as const]),
    ...texts(inputs, "ipv6Addresses").map((address) => ["ipv6Addresses", address] as const),
  ];
  return wanted.flatMap(([property, address]) => {
    const other = user(address);
    return other === undefined
      ? []
      : [{ property, reason: `InvalidIPAddress.InUse: Address ${address} is in use by ${other.id}` }];
  });
}

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

function subnetOf(inputs: Properties, store: Store): StoredResource | undefined {
  return store.get(text(inputs, "subnetId") ?? "", SUBNET);
}

function userDataOf(inputs: Properties): string | undefined {
  const encoded = text(inputs, "userDataBase64");
  return (
    text(inputs, "userData") ??
    (encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString())
  );
}

/** The key pair logs in as `admin`, the account of Debian's images. */
function loginOf(inputs: Properties, store: Store): { authorizedKeys?: string[]; loginUser?: string } {
  const key = publicKeyOf(text(inputs, "keyName"), store);
  return key === undefined ? {} : { authorizedKeys: [key], loginUser: "admin" };
}

function publicKeyOf(name: string | undefined, store: Store): string | undefined {
  const pair = store.all(KEY_PAIR).find((one) => one.outputs["keyName"] === name);
  return pair === undefined ? undefined : text(pair.inputs, "publicKey");
}
