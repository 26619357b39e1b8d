import { AWS_LIMITS, AWS_QUOTAS } from "../../../compiler/clouds/aws-limits";
import { parseBlock } from "../blocks";
import type { ResourceType } from "../resource-type";
import type { Store, StoredResource } from "../store";
import { INTEGER, STRING, TAGS, type Problem } from "../../grpc/checking";
import { text, type Properties } from "../../grpc/values";
import { arn, newId } from "./ids";
import { missing } from "./network";
import { PREFIX_LIST } from "./prefix-list";
import { groupTextProblems, SECURITY_GROUP } from "./security";
import { tagProblems } from "./tags";

export const INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
export const EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";

/** Each rule has exactly one of these. */
const SOURCES = ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"] as const;
/** What makes two rules the same to EC2. */
const IDENTITY = ["securityGroupId", "ipProtocol", "fromPort", "toPort", ...SOURCES] as const;
const PROTOCOLS = ["tcp", "udp", "icmp", "icmpv6", "-1"];

/**
 * A rule of a security group: kept and checked, not enforced. The lab's account has its quotas raised as far as they go;
 * which of them a stack counts on is checked by the program.
 */
export function securityGroupRule(type: typeof INGRESS_RULE | typeof EGRESS_RULE): ResourceType {
  return {
    inputs: {
      ...{ securityGroupId: STRING, ipProtocol: STRING, fromPort: INTEGER, toPort: INTEGER },
      ...{ cidrIpv4: STRING, cidrIpv6: STRING, prefixListId: STRING, referencedSecurityGroupId: STRING },
      ...{ description: STRING, region: STRING, tags: TAGS },
    },
    required: ["securityGroupId", "ipProtocol"],
    replaces: ["securityGroupId", "region"],
    optional: ["region"],
    newId: () => newId("sgr"),
    check: (inputs, store) => [
      ...missing("securityGroupId", inputs, store, SECURITY_GROUP, "InvalidGroup.NotFound"),
      ...missing("referencedSecurityGroupId", inputs, store, SECURITY_GROUP, "InvalidGroup.NotFound"),
      ...missing("prefixListId", inputs, store, PREFIX_LIST, "InvalidPrefixListId.NotFound"),
      ...sourceProblems(inputs),
      ...portProblems(inputs),
      ...groupTextProblems("description", inputs, AWS_LIMITS.ruleDescription.limit),
      ...tagProblems(inputs),
    ],
    claim: (inputs, store, id) => {
      const others = store
        .all(type)
        .filter((one) => one.id !== id && one.inputs["securityGroupId"] === inputs["securityGroupId"]);
      return [...duplicate(inputs, others), ...overQuota(inputs, others, store)];
    },
    outputs: (_inputs, { id, store }) => ({
      ...{ arn: arn(store, "security-group-rule", id), securityGroupRuleId: id },
    }),
  };
}

/** Of known inputs; in a preview the source may be unknown still, so that none is no problem there. */
function sourceProblems(inputs: Properties): Problem[] {
  const given = SOURCES.filter((key) => key in inputs);
  const problems: Problem[] = [];
  if (given.length > 1) {
    problems.push({ property: given.join(), reason: "InvalidParameterCombination: a rule has one source" });
  }
  for (const [property, family] of [["cidrIpv4", 4] as const, ["cidrIpv6", 6] as const]) {
    const cidr = text(inputs, property);
    if (cidr === undefined || parseBlock(cidr)?.family === family) continue;
    problems.push({ property, reason: `InvalidParameterValue: CIDR block ${cidr} is malformed` });
  }
  return problems;
}

/** Ports belong to TCP and UDP, a type and a code to ICMP, and nothing to any other protocol. */
function portProblems(inputs: Properties): Problem[] {
  const protocol = text(inputs, "ipProtocol");
  if (protocol === undefined) return [];
  if (!PROTOCOLS.includes(protocol) && !/^([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])$/.test(protocol)) {
    return [
      {
        property: "ipProtocol",
        reason: `InvalidParameterValue: Invalid value '${protocol}' for IP protocol`,
      },
    ];
  }
  const [from, to] = [inputs["fromPort"], inputs["toPort"]];
  const isNumbers = typeof from === "number" && typeof to === "number";
  if (protocol === "tcp" || protocol === "udp") {
    if (isNumbers && from >= 0 && from <= to && to <= 65_535) return [];
    return [
      {
        property: "fromPort",
        reason: `InvalidParameterValue: Invalid range of ports ${JSON.stringify([from, to])}`,
      },
    ];
  }
  if (protocol === "icmp" || protocol === "icmpv6") {
    if (isNumbers && from >= -1 && from <= 255 && to >= -1 && to <= 255) return [];
    return [{ property: "fromPort", reason: "InvalidParameterValue: ICMP takes a type and a code, or -1" }];
  }
  if (from === undefined && to === undefined) return [];
  return [{ property: "fromPort", reason: `InvalidParameterValue: protocol ${protocol} has no ports` }];
}

function duplicate(inputs: Properties, others: readonly StoredResource[]): Problem[] {
  const same = others.find((one) => IDENTITY.every((key) => one.inputs[key] === inputs[key]));
  if (same === undefined) return [];
  return [
    { property: "", reason: `InvalidPermission.Duplicate: the specified rule already exists, as ${same.id}` },
  ];
}

function overQuota(inputs: Properties, others: readonly StoredResource[], store: Store): Problem[] {
  const all = [inputs, ...others.map((one) => one.inputs)];
  const most = AWS_QUOTAS.rulesPerGroup.most;
  return ([4, 6] as const).flatMap((family) => {
    const count = all.reduce((sum, rule) => sum + weight(rule, family, store), 0);
    const reason = `RulesPerSecurityGroupLimitExceeded: ${count} rules of IPv${family}, and ${most} at most`;
    return count <= most ? [] : [{ property: "securityGroupId", reason }];
  });
}

/** As how many rules of a family one counts; a reference to a group counts in both. */
function weight(rule: Properties, family: 4 | 6, store: Store): number {
  if ("cidrIpv4" in rule) return family === 4 ? 1 : 0;
  if ("cidrIpv6" in rule) return family === 6 ? 1 : 0;
  const list = store.get(text(rule, "prefixListId") ?? "", PREFIX_LIST)?.inputs;
  if (list === undefined) return 1;
  const entries = list["maxEntries"];
  return list["addressFamily"] === `IPv${family}` && typeof entries === "number" ? entries : 0;
}
