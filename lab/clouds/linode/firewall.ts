import { LINODE_LABELS, LINODE_LIMITS } from "../../../compiler/clouds/linode-limits";
import { parseBlock } from "../blocks";
import { refusal } from "../checking";
import type { ResourceType } from "../resource-type";
import type { Store } from "../store";
import { BOOLEAN, INTEGER, listOf, shape, STRING, STRINGS, type Problem } from "../../grpc/checking";
import { mentions, objects, text, texts, type Properties } from "../../grpc/values";
import { duplicateLabel, INSTANCE, newId, textProblems, TIME, unknownId } from "./network";

export const FIREWALL = "linode:index/firewall:Firewall";

const RULE = shape(
  {
    ...{ label: STRING, ports: STRING, ipv4s: STRINGS, ipv6s: STRINGS },
    description: { type: "string", maxLength: LINODE_LIMITS.ruleDescriptionLongest.limit },
    action: { enum: ["ACCEPT", "DROP"] },
    protocol: { enum: ["TCP", "UDP", "ICMP", "IPENCAP"] },
  },
  ["label", "action", "protocol"],
);
const POLICY = { enum: ["ACCEPT", "DROP"] };
const TAG = {
  type: "string",
  minLength: LINODE_LIMITS.tagShortest.limit,
  maxLength: LINODE_LIMITS.tagLongest.limit,
};

/** Kept and checked, not enforced: what the lab shows is that hosts enforce the policy themselves. */
export const firewall: ResourceType = {
  inputs: {
    ...{ label: STRING, disabled: BOOLEAN, tags: listOf(TAG), inboundPolicy: POLICY, outboundPolicy: POLICY },
    ...{ inbounds: listOf(RULE), outbounds: listOf(RULE) },
    ...{ linodes: listOf(INTEGER), nodebalancers: listOf(INTEGER) },
  },
  required: ["label", "inboundPolicy", "outboundPolicy"],
  replaces: [],
  optional: ["disabled", "linodes", "nodebalancers", "tags"],
  newId,
  check: (inputs, store) => [
    ...textProblems("label", text(inputs, "label"), {
      form: LINODE_LABELS.common,
      least: LINODE_LIMITS.firewallLabelShortest.limit,
      most: LINODE_LIMITS.firewallLabelLongest.limit,
    }),
    ...countProblems(inputs),
    ...["inbounds", "outbounds"].flatMap((list) =>
      objects(inputs, list).flatMap((rule, index) => ruleProblems(rule, `${list}.${index}`)),
    ),
    ...linodesOf(inputs).flatMap((id) => unknownId("linodes", id, store, INSTANCE)),
  ],
  claim: (inputs, store, id) => [
    ...duplicateLabel(inputs, store.all(FIREWALL)),
    ...takenLinodes(inputs, store, id),
  ],
  change: (before, inputs, store) => {
    const problems = takenLinodes(inputs, store, before.id);
    if (problems.length > 0) throw refusal(problems);
    return Promise.resolve({ linodes: inputs["linodes"] ?? [] });
  },
  outputs: (inputs) => ({
    ...{ devices: [], created: TIME, updated: TIME },
    status: inputs["disabled"] === true ? "disabled" : "enabled",
    ...{ linodes: inputs["linodes"] ?? [], disabled: inputs["disabled"] ?? false },
  }),
};

function linodesOf(inputs: Properties): string[] {
  const { linodes } = inputs;
  return Array.isArray(linodes) ? linodes.map(String) : [];
}

function countProblems(inputs: Properties): Problem[] {
  const { limit } = LINODE_LIMITS.rulesOfFirewall;
  const count = objects(inputs, "inbounds").length + objects(inputs, "outbounds").length;
  return count <= limit
    ? []
    : [{ property: "inbounds", reason: `[400] ${count} rules; a firewall may have up to ${limit}` }];
}

function ruleProblems(rule: Properties, property: string): Problem[] {
  const addresses = { ipv4s: texts(rule, "ipv4s"), ipv6s: texts(rule, "ipv6s") };
  const count = addresses.ipv4s.length + addresses.ipv6s.length;
  const { limit } = LINODE_LIMITS.addressesOfRule;
  const say = (reason: string): Problem[] => [{ property, reason: `[400] ${reason}` }];
  return [
    ...textProblems(`${property}.label`, text(rule, "label"), {
      form: LINODE_LABELS.common,
      least: LINODE_LIMITS.ruleLabelShortest.limit,
      most: LINODE_LIMITS.ruleLabelLongest.limit,
    }),
    ...(count === 0 ? say("a rule needs addresses") : []),
    ...(count > limit ? say(`${count} addresses; a rule may have up to ${limit}`) : []),
    ...addresses.ipv4s.flatMap((block) =>
      parseBlock(block)?.family === 4 ? [] : say(`"${block}" is no IPv4 network`),
    ),
    ...addresses.ipv6s.flatMap((block) =>
      parseBlock(block)?.family === 6 ? [] : say(`"${block}" is no IPv6 network`),
    ),
    ...portProblems(rule).flatMap(say),
  ];
}

function portProblems(rule: Properties): string[] {
  const ports = text(rule, "ports");
  if (ports === undefined) return [];
  if (rule["protocol"] === "ICMP" || rule["protocol"] === "IPENCAP")
    return [`${rule["protocol"]} has no ports`];
  const ranges = ports.split(/, ?/).map((part) => part.split("-"));
  const valid = ranges.every(
    (range) =>
      range.length <= 2 &&
      range.every((port) => /^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65535) &&
      (range.length === 1 || Number(range[0]) < Number(range[1])),
  );
  const { limit } = LINODE_LIMITS.portPiecesOfRule;
  if (!valid) return [`ports "${ports}" must be ports and ranges, as in "22, 80-90"`];
  return ranges.flat().length <= limit ? [] : [`ports "${ports}" have more than ${limit} pieces`];
}

/** An instance has one enabled firewall at most. */
function takenLinodes(inputs: Properties, store: Store, ownId: string): Problem[] {
  if (inputs["disabled"] === true) return [];
  const others = store
    .all(FIREWALL)
    .filter(({ id, inputs: theirs }) => id !== ownId && theirs["disabled"] !== true);
  return linodesOf(inputs).flatMap((id) => {
    const other = others.find((one) => mentions(one.inputs["linodes"] ?? null, id));
    if (other === undefined) return [];
    return [
      { property: "linodes", reason: `[400] Linode ${id} has an enabled firewall already, ${other.id}` },
    ];
  });
}
