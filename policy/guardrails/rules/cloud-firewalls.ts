/** Reads what the clouds' firewalls let in. */
import { type Admission, ANYWHERE, protocolName } from "./admission";
import { at, type Fields, items, number, type Plain, text, texts, UNKNOWN } from "./reading";

/** What a resource admits; nothing for one that is no firewall. What is unknown is left out. */
export function cloudAdmissions(type: string, fields: Fields): Admission[] {
  switch (type) {
    case "aws:ec2/securityGroup:SecurityGroup":
    case "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":
      return items(at(fields, "ingress")).flatMap((rule, index) => awsRule(rule, `ingress[${index}]`));
    case "aws:ec2/securityGroupRule:SecurityGroupRule":
      return at(fields, "type") === "ingress" ? awsRule(fields, "its rule") : [];
    case "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
      return awsRule(fields, "its rule");
    case "aws:ec2/managedPrefixList:ManagedPrefixList":
      return [prefixList(fields)];
    case "linode:index/firewall:Firewall":
      return linodeAdmissions(fields);
    default:
      return [];
  }
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html */
function awsRule(rule: Plain, where: string): Admission[] {
  const protocol = at(rule, "protocol") ?? at(rule, "ipProtocol");
  const from = at(rule, "fromPort");
  const to = at(rule, "toPort");
  if (protocol === UNKNOWN || from === UNKNOWN || to === UNKNOWN) return [];
  const first = number(from);
  const last = number(to);
  const lists = ["cidrBlocks", "ipv6CidrBlocks"].flatMap((name) => texts(at(rule, name)));
  const single = ["cidrIpv4", "cidrIpv6"].flatMap((name) => text(at(rule, name)) ?? []);
  const name = protocolName(text(protocol) ?? String(number(protocol)));
  const ports = first === undefined || last === undefined || name === "all" ? undefined : { first, last };
  return [{ where, protocol: name, ports, sources: [...lists, ...single] }];
}

/** A rule names a list by its id alone, so a list is judged as if a rule let everything in from it. */
function prefixList(fields: Fields): Admission {
  const sources = items(at(fields, "entries")).flatMap((entry) => text(at(entry, "cidr")) ?? []);
  return { where: "its entries", protocol: "all", ports: undefined, sources };
}

/**
 * What the rules accept, and of what no rule decides all that the policy does. Rules that drop narrow only the latter:
 * https://techdocs.akamai.com/linode-api/reference/post-firewalls
 */
function linodeAdmissions(fields: Fields): Admission[] {
  const inbounds = at(fields, "inbounds");
  const rules = items(inbounds);
  const accepted = rules.flatMap((rule, index) => linodeRule(rule, `inbounds[${index}]`));
  if (at(fields, "inboundPolicy") !== "ACCEPT" || inbounds === UNKNOWN) return accepted;
  const open = ["tcp", "udp"].filter((protocol) => !rules.some((rule) => dropsAll(rule, protocol)));
  const left = open.length === 2 ? ["all"] : open;
  return [
    ...accepted,
    ...left.map((protocol) => ({
      where: "inboundPolicy",
      protocol,
      ports: undefined,
      sources: ANYWHERE,
    })),
  ];
}

/** Whether a rule drops every port of a protocol, from everywhere. */
function dropsAll(rule: Plain, protocol: string): boolean {
  const sources = [...texts(at(rule, "ipv4s")), ...texts(at(rule, "ipv6s"))];
  return (
    at(rule, "action") === "DROP" &&
    protocolName(text(at(rule, "protocol")) ?? "") === protocol &&
    at(rule, "ports") === undefined &&
    ANYWHERE.every((block) => sources.includes(block))
  );
}

function linodeRule(rule: Plain, where: string): Admission[] {
  if (at(rule, "action") === "DROP") return [];
  const protocol = at(rule, "protocol");
  const ports = at(rule, "ports");
  if (protocol === UNKNOWN || ports === UNKNOWN) return [];
  const sources = [...texts(at(rule, "ipv4s")), ...texts(at(rule, "ipv6s"))];
  const base = { where, protocol: protocolName(text(protocol) ?? ""), sources };
  return portRanges(text(ports)).map((range) => ({ ...base, ports: range }));
}

/** `22, 80-90` as ranges; one of undefined where all ports are meant. */
export function portRanges(list: string | undefined): ({ first: number; last: number } | undefined)[] {
  if (list === undefined || list.trim() === "") return [undefined];
  return list.split(",").map((part) => {
    const [first = "", last = first] = part.trim().split(/[-:]/);
    return { first: Number(first), last: Number(last) };
  });
}
