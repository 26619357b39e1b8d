import { randomInt } from "node:crypto";
import { contains, overlaps, parseBlock, type Block } from "../blocks";
import {
  LINODE_LABELS,
  LINODE_LIMITS,
  LINODE_SUBNETS,
  SAMPLE_SUBNETS,
} from "../../../compiler/clouds/linode-limits";
import type { ResourceType } from "../resource-type";
import type { Store, StoredResource } from "../store";
import { INTEGER, STRING, type Problem } from "../../grpc/checking";
import { idText, text, type Properties } from "../../grpc/values";

export const VPC = "linode:index/vpc:Vpc";
export const INSTANCE = "linode:index/instance:Instance";
export const SUBNET = "linode:index/vpcSubnet:VpcSubnet";

const ALLOWED = [...LINODE_SUBNETS, ...SAMPLE_SUBNETS];

export const TIME = "2025-01-01T00:00:00Z";

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
  // A region has each label once; the same VPC may be in several.
  claim: (inputs, store) =>
    duplicateLabel(
      inputs,
      store.all(VPC).filter((one) => one.inputs["region"] === inputs["region"]),
    ),
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
  return textProblems("label", label, {
    form: LINODE_LABELS.vpc,
    least: 1,
    most: LINODE_LIMITS.vpcLabelLongest.limit,
  });
}

/** What is wrong with a label, or another short text, in Linode's words. */
export function textProblems(
  property: string,
  label: string | undefined,
  { form, least, most }: { form: RegExp; least: number; most: number },
): Problem[] {
  if (label === undefined) return [];
  if (label.length < least || label.length > most) {
    return [{ property, reason: `[400] "${label}": Length must be ${least}-${most} characters` }];
  }
  if (form.test(label)) return [];
  const between = form === LINODE_LABELS.vpc ? "-" : "- _ .";
  return [
    {
      property,
      reason: `[400] "${label}" must be letters and digits with single ${between} between, ${least}-${most} characters`,
    },
  ];
}

function blockProblems(cidr: string | undefined): Problem[] {
  if (cidr === undefined) return [];
  const block = parseBlock(cidr);
  const allowed = block !== undefined && ALLOWED.some((one) => isInside(block, parseBlock(one)));
  const longest = LINODE_LIMITS.subnetPrefixLongest.limit;
  if (allowed && block.length <= longest) return [];
  return [
    { property: "ipv4", reason: `[400] "${cidr}" must be a private IPv4 block of /${longest} or larger` },
  ];
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
