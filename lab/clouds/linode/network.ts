import { randomInt } from "node:crypto";
import { contains, overlaps, parseBlock, type Block } from "../blocks";
import { BOOLEAN, INTEGER, listOf, shape, STRING, STRINGS } from "../checking";
import type { Problem, ResourceType } from "../resource-type";
import type { Store, StoredResource } from "../store";
import { idText, text, type Properties } from "../values";

export const VPC = "linode:index/vpc:Vpc";
export const SUBNET = "linode:index/vpcSubnet:VpcSubnet";

/** What Linode allows in a VPC, and the documentation ranges (RFC 5737), which stand for them in the lab. */
const ALLOWED = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/17",
  "192.0.2.0/24",
  "198.51.100.0/24",
  "203.0.113.0/24",
];

const TIME = "2025-01-01T00:00:00Z";

/** Linode's ids are numbers; Pulumi keeps them as text. */
export function newId(): string {
  return String(randomInt(10_000_000, 99_999_999));
}

export const vpc: ResourceType = {
  inputs: { label: STRING, region: STRING, description: { type: "string" } },
  required: ["label", "region"],
  replaces: ["region"],
  optional: ["description"],
  heldByUsers: true,
  newId,
  check: (inputs) => [...labelProblems(text(inputs, "label")), ...regionProblems(text(inputs, "region"))],
  claim: (inputs, store) => duplicateLabel(inputs, store.all(VPC)),
  outputs: (inputs) => ({ description: inputs["description"] ?? "", created: TIME, updated: TIME }),
};

export const vpcSubnet: ResourceType = {
  inputs: { vpcId: INTEGER, label: STRING, ipv4: STRING },
  required: ["vpcId", "label", "ipv4"],
  replaces: ["vpcId", "ipv4"],
  optional: [],
  heldByUsers: true,
  newId,
  check: (inputs, store) => [
    ...labelProblems(text(inputs, "label")),
    ...blockProblems(text(inputs, "ipv4")),
    ...unknownId("vpcId", idText(inputs, "vpcId"), store, VPC),
  ],
  claim: (inputs, store) => {
    const siblings = store.all(SUBNET).filter((one) => one.inputs["vpcId"] === inputs["vpcId"]);
    return [...duplicateLabel(inputs, siblings), ...overlapping(inputs, siblings)];
  },
  outputs: () => ({ linodes: [], created: TIME, updated: TIME }),
};

const RULE = shape(
  {
    ...{ label: STRING, ports: STRING, description: STRING, ipv4s: STRINGS, ipv6s: STRINGS },
    action: { enum: ["ACCEPT", "DROP"] },
    protocol: { enum: ["TCP", "UDP", "ICMP", "IPENCAP"] },
  },
  ["label", "action", "protocol"],
);
const POLICY = { enum: ["ACCEPT", "DROP"] };

/** Kept and checked, not enforced: what the lab shows is that hosts enforce the policy themselves. */
export const firewall: ResourceType = {
  inputs: {
    ...{ label: STRING, disabled: BOOLEAN, tags: STRINGS, inboundPolicy: POLICY, outboundPolicy: POLICY },
    ...{
      inbounds: listOf(RULE),
      outbounds: listOf(RULE),
      linodes: listOf(INTEGER),
      nodebalancers: listOf(INTEGER),
    },
  },
  required: ["label", "inboundPolicy", "outboundPolicy"],
  replaces: [],
  optional: ["disabled", "linodes", "nodebalancers", "tags"],
  newId,
  check: (inputs) => {
    const label = text(inputs, "label");
    const fits = label === undefined || (label.length >= 3 && label.length <= 32);
    return [
      ...labelProblems(label),
      ...(fits ? [] : [{ property: "label", reason: "Length must be 3-32 characters" }]),
    ];
  },
  claim: (inputs, store) => duplicateLabel(inputs, store.all("linode:index/firewall:Firewall")),
  outputs: (inputs) => ({
    ...{
      devices: [],
      status: inputs["disabled"] === true ? "disabled" : "enabled",
      created: TIME,
      updated: TIME,
    },
    ...{ linodes: inputs["linodes"] ?? [], disabled: inputs["disabled"] ?? false },
  }),
};

/** A problem if the id is known and the account has nothing of that type with it. */
export function unknownId(property: string, id: string | undefined, store: Store, type: string): Problem[] {
  if (id === undefined || store.get(id, type) !== undefined) return [];
  return [{ property, reason: `[404] ${id}: Not found` }];
}

export function regionProblems(region: string | undefined): Problem[] {
  if (region === undefined || /^[a-z]{2}-[a-z]+(-[a-z0-9]+)?$/.test(region)) return [];
  return [{ property: "region", reason: `[400] region "${region}" is not valid; Linode's are like us-east` }];
}

export function duplicateLabel(inputs: Properties, others: StoredResource[]): Problem[] {
  const other = others.find((one) => one.inputs["label"] === inputs["label"]);
  if (other === undefined || inputs["label"] === undefined) return [];
  return [
    {
      property: "label",
      reason: `[400] Label must be unique; ${other.id} has "${text(inputs, "label")}" already`,
    },
  ];
}

function labelProblems(label: string | undefined): Problem[] {
  if (label === undefined || (/^[A-Za-z0-9](-?[A-Za-z0-9])*$/.test(label) && label.length <= 64)) return [];
  return [{ property: "label", reason: `[400] "${label}" must be 1-64 letters, digits and single hyphens` }];
}

function blockProblems(cidr: string | undefined): Problem[] {
  if (cidr === undefined) return [];
  const block = parseBlock(cidr);
  const allowed = block !== undefined && ALLOWED.some((one) => isInside(block, parseBlock(one)));
  if (allowed && block.length <= 29) return [];
  return [{ property: "ipv4", reason: `[400] "${cidr}" must be a private IPv4 block of /29 or larger` }];
}

function isInside(inner: Block, outer: Block | undefined): boolean {
  return outer !== undefined && contains(outer, inner);
}

function overlapping(inputs: Properties, siblings: StoredResource[]): Problem[] {
  const own = parseBlock(text(inputs, "ipv4") ?? "");
  const other = siblings.find((one) => {
    const block = parseBlock(text(one.inputs, "ipv4") ?? "");
    return own !== undefined && block !== undefined && overlaps(own, block);
  });
  return other === undefined
    ? []
    : [{ property: "ipv4", reason: `[400] overlaps with subnet ${other.id} of this VPC` }];
}
