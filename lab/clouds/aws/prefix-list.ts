import { AWS_LIMITS } from "../../../compiler/clouds/aws-limits";
import { parseBlock } from "../blocks";
import type { ResourceType } from "../resource-type";
import { listOf, shape, STRING, TAGS, type Problem } from "../../grpc/checking";
import { objects, text, type Properties } from "../../grpc/values";
import { ACCOUNT, arn, newId } from "./ids";
import { tagProblems } from "./tags";

export const PREFIX_LIST = "aws:ec2/managedPrefixList:ManagedPrefixList";

export const prefixList: ResourceType = {
  inputs: {
    name: { type: "string", minLength: 1, maxLength: AWS_LIMITS.prefixListName.limit },
    addressFamily: { enum: ["IPv4", "IPv6"] },
    maxEntries: { type: "integer", minimum: 1, maximum: AWS_LIMITS.prefixListEntries.limit },
    entries: listOf(shape({ cidr: STRING, description: { type: "string", maxLength: 255 } }, ["cidr"])),
    region: STRING,
    tags: TAGS,
  },
  required: ["addressFamily", "maxEntries"],
  replaces: ["addressFamily", "region"],
  optional: ["name", "entries", "region"],
  heldByUsers: true,
  newId: () => newId("pl"),
  check: (inputs) => [...nameProblems(inputs), ...entryProblems(inputs), ...tagProblems(inputs)],
  outputs: (inputs, { id, name, store }) => ({
    ...{ arn: arn(store, "prefix-list", id), ownerId: ACCOUNT, version: 1 },
    name: inputs["name"] ?? name,
  }),
};

function nameProblems(inputs: Properties): Problem[] {
  if (text(inputs, "name")?.startsWith("com.amazonaws") !== true) return [];
  return [{ property: "name", reason: "InvalidPrefixListName: it must not begin with com.amazonaws" }];
}

function entryProblems(inputs: Properties): Problem[] {
  const cidrs = objects(inputs, "entries").map((entry) => text(entry, "cidr") ?? "");
  const family = text(inputs, "addressFamily") === "IPv4" ? 4 : 6;
  const most = inputs["maxEntries"];
  const reasons: string[] = [];
  if (typeof most === "number" && cidrs.length > most) {
    reasons.push(`PrefixListMaxEntriesExceeded: ${cidrs.length} entries, and ${most} at most`);
  }
  for (const [index, cidr] of cidrs.entries()) {
    if (parseBlock(cidr)?.family !== family)
      reasons.push(`InvalidParameterValue: ${cidr} is no IPv${family} block`);
    if (cidrs.indexOf(cidr) !== index) reasons.push(`InvalidParameterValue: ${cidr} is there twice`);
  }
  return reasons.map((reason) => ({ property: "entries", reason }));
}
