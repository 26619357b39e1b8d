import { LINODE_LABELS, LINODE_LIMITS } from "../../../compiler/clouds/linode-limits";
import { holds, parseAddress, parseBlock } from "../blocks";
import { bootMachine, hostNameFor, isMachineRunning, restartMachine, stopMachine } from "../machine";
import type { ResourceType } from "../resource-type";
import type { Store } from "../store";
import { BOOLEAN, INTEGER, listOf, shape, STRING, STRINGS, type Problem } from "../../grpc/checking";
import { idText, object, objects, text, texts, type Properties } from "../../grpc/values";
import { freeIpv6 } from "./ipv6";
import {
  duplicateLabel,
  INSTANCE,
  newId,
  regionProblems,
  SUBNET,
  textProblems,
  unknownId,
  VPC,
} from "./network";

const IMAGE = "linode/debian12";
const USER_DATA_BYTES = LINODE_LIMITS.userDataBytes.limit;
const TAG = {
  type: "string",
  minLength: LINODE_LIMITS.tagShortest.limit,
  maxLength: LINODE_LIMITS.tagLongest.limit,
};

const INTERFACE = shape(
  {
    ...{
      subnetId: INTEGER,
      vpcId: INTEGER,
      primary: BOOLEAN,
      label: STRING,
      ipamAddress: STRING,
      ipRanges: STRINGS,
    },
    purpose: { enum: ["public", "vlan", "vpc"] },
    ipv4: shape({ vpc: STRING, nat11: STRING }),
  },
  ["purpose"],
);

export const instance: ResourceType = {
  inputs: {
    ...{
      label: STRING,
      region: STRING,
      type: STRING,
      image: STRING,
      authorizedKeys: STRINGS,
      rootPass: STRING,
    },
    interfaces: { ...listOf(INTERFACE), maxItems: LINODE_LIMITS.interfacesOfInstance.limit },
    metadatas: { ...listOf(shape({ userData: STRING })), maxItems: 1 },
    tags: listOf(TAG),
    ...{
      firewallId: INTEGER,
      booted: BOOLEAN,
      watchdogEnabled: BOOLEAN,
      backupsEnabled: BOOLEAN,
      privateIp: BOOLEAN,
    },
    ...{ swapSize: INTEGER, diskEncryption: { enum: ["enabled", "disabled"] } },
  },
  required: ["region", "type", "image"],
  replaces: ["image", "region", "metadatas", "authorizedKeys", "rootPass", "interfaces", "diskEncryption"],
  optional: ["label", "booted", "rootPass", "diskEncryption", "swapSize", "tags"],
  secret: ["metadatas", "rootPass"],
  newId,
  check: instanceProblems,
  claim: (inputs, store) => [
    ...duplicateLabel(inputs, store.all(INSTANCE)),
    ...addressInUse(vpcInterface(inputs), store),
  ],
  hostName: (inputs, context) => hostNameFor(text(inputs, "label"), context),
  outputs: (inputs, context) => {
    const ipv4 = vpcAddress(inputs);
    return {
      label: inputs["label"] ?? `linode${context.id}`,
      // The lab has one IPv4 address a host: the one in the VPC is reached by everybody on the lab's bridge.
      ipAddress: ipv4 ?? "",
      ipv4s: ipv4 === undefined ? [] : [ipv4],
      ipv6: `${freeIpv6(inputs, context)}/128`,
      status: "running",
      hasUserData: objects(inputs, "metadatas").length > 0,
      privateIpAddress: "",
    };
  },
  start: (inputs, stored, store) =>
    bootMachine(stored, store, {
      ipv4: vpcAddress(inputs),
      ipv6: [(text(stored.outputs, "ipv6") ?? "").replace("/128", "")],
      userData: userDataOf(inputs),
      authorizedKeys: texts(inputs, "authorizedKeys"),
    }),
  change: async (before, inputs, store) => {
    // Linode moves an instance to give it another size, and starts it again.
    if (before.inputs["type"] !== inputs["type"]) await restartMachine(before, store);
    return {};
  },
  look: (stored, store) => ({ status: isMachineRunning(stored, store) ? "running" : "offline" }),
  stop: stopMachine,
};

function instanceProblems(inputs: Properties, store: Store): Problem[] {
  return [
    ...labelProblems(text(inputs, "label")),
    ...regionProblems(text(inputs, "region")),
    ...sizeProblems(text(inputs, "type")),
    ...imageProblems(text(inputs, "image")),
    ...interfaceProblems(inputs, store),
    ...userDataProblems(userDataOf(inputs)),
  ];
}

function labelProblems(label: string | undefined): Problem[] {
  return textProblems("label", label, {
    form: LINODE_LABELS.common,
    least: LINODE_LIMITS.instanceLabelShortest.limit,
    most: LINODE_LIMITS.instanceLabelLongest.limit,
  });
}

function sizeProblems(size: string | undefined): Problem[] {
  if (size === undefined || /^g\d+-[a-z]+(-[a-z0-9]+)*-\d+(-s)?$/.test(size)) return [];
  return [{ property: "type", reason: `[400] "${size}" is no type of Linode; they are like g6-nanode-1` }];
}

function imageProblems(image: string | undefined): Problem[] {
  if (image === undefined || image === IMAGE) return [];
  return [
    { property: "image", reason: `[400] image "${image}" is not valid; the lab's hosts boot ${IMAGE}` },
  ];
}

function interfaceProblems(inputs: Properties, store: Store): Problem[] {
  const card = vpcInterface(inputs);
  if (card === undefined) return [];
  const subnetId = idText(card, "subnetId");
  if (subnetId === undefined)
    return [{ property: "interfaces", reason: "[400] a vpc interface needs a subnetId" }];
  const subnet = store.get(subnetId, SUBNET);
  if (subnet === undefined) return unknownId("interfaces", subnetId, store, SUBNET);
  const vpc = store.get(idText(subnet.inputs, "vpcId") ?? "", VPC);
  const problems: Problem[] = [];
  if ("region" in inputs && vpc?.inputs["region"] !== inputs["region"]) {
    problems.push({ property: "interfaces", reason: "[400] the subnet's VPC is in another region" });
  }
  return [
    ...problems,
    ...addressProblems(text(object(card, "ipv4"), "vpc"), text(subnet.inputs, "ipv4") ?? ""),
  ];
}

function addressProblems(address: string | undefined, cidr: string): Problem[] {
  if (address === undefined)
    return [{ property: "interfaces", reason: "the lab needs ipv4.vpc, the address in the VPC" }];
  const number = parseAddress(address, 4);
  const block = parseBlock(cidr);
  if (number === undefined || block === undefined || !holds(block, number)) {
    return [{ property: "interfaces", reason: `[400] ${address} is not in the subnet's ${cidr}` }];
  }
  const [first, last] = [LINODE_LIMITS.subnetReservedFirst.limit, LINODE_LIMITS.subnetReservedLast.limit];
  if (number >= block.first + BigInt(first) && number <= block.last - BigInt(last)) return [];
  return [{ property: "interfaces", reason: `[400] ${address} is reserved in ${cidr}` }];
}

function addressInUse(card: Properties | undefined, store: Store): Problem[] {
  if (card === undefined) return [];
  const address = text(object(card, "ipv4"), "vpc");
  const other = store
    .all(INSTANCE)
    .find((one) => texts(one.outputs, "ipv4s").some((used) => used === address));
  return other === undefined
    ? []
    : [{ property: "interfaces", reason: `[400] ${address} is in use by ${other.id}` }];
}

function userDataProblems(script: string | undefined): Problem[] {
  if (script === undefined) return [];
  const property = "metadatas";
  if (Buffer.byteLength(script) > USER_DATA_BYTES) {
    return [
      { property, reason: `[400] user_data is limited to ${USER_DATA_BYTES} bytes before it is encoded` },
    ];
  }
  if (script.startsWith("#!")) return [];
  return [
    {
      property,
      reason: "userData must be a script in base64; the lab's hosts run only scripts, beginning with #!",
    },
  ];
}

function vpcInterface(inputs: Properties): Properties | undefined {
  return objects(inputs, "interfaces").find((card) => card["purpose"] === "vpc");
}

function vpcAddress(inputs: Properties): string | undefined {
  return text(object(vpcInterface(inputs) ?? {}, "ipv4"), "vpc");
}

function userDataOf(inputs: Properties): string | undefined {
  const encoded = objects(inputs, "metadatas")[0]?.["userData"];
  return typeof encoded === "string" ? Buffer.from(encoded, "base64").toString() : undefined;
}
