import { lines } from "../text";
import type { Family } from "../validate/cidr";
import type { AddressMatch } from "./sets";

/** `source` for packets that come in, `destination` for those that go out. */
export type Side = "source" | "destination";

export interface Rule {
  chain: string;
  /** Matches in the order and form in which iptables-save prints them. */
  match: readonly string[];
  /** Why the rule is there; a path of the policy where one is behind it. */
  comment?: string;
  target: string;
}

export interface Chain {
  name: string;
  /** Only of a built-in chain: what happens to a packet that no rule decides. */
  policy?: "ACCEPT" | "DROP";
}

/** The iptables match of an address; none where any address will do. */
export function addressMatch(match: AddressMatch, side: Side = "source"): string[] {
  if (match.kind === "everywhere") return [];
  return [`-m set --match-set ${match.name} ${side === "source" ? "src" : "dst"}`];
}

/** The iptables match of what has not the mark that belongs to its address. @throws if it is no set */
export function markMatch(match: AddressMatch, side: Side): string {
  if (match.kind !== "set") throw new Error("marks belong to addresses, not to everywhere");
  const direction = side === "source" ? "src" : "dst";
  return `-m set ! --match-set ${match.name} ${direction},${direction}`;
}

const PROTOCOL_NAMES = { icmp: { ipv4: "icmp", ipv6: "ipv6-icmp" } } as const;

/** `-p icmp` of the family. */
export function icmpProtocol(family: Family): string {
  return `-p ${PROTOCOL_NAMES.icmp[family]}`;
}

/** One ICMP type, by number or number/code, so that every version of iptables reads and prints it alike. */
export function icmpType(family: Family, type: string): string {
  return family === "ipv4"
    ? `-p icmp -m icmp --icmp-type ${type}`
    : `-p ipv6-icmp -m icmp6 --icmpv6-type ${type}`;
}

/** A rate-limited note in the kernel's log. */
export function logRule(chain: string, prefix: string): Rule {
  const target = `LOG --log-prefix "${prefix}: " --log-level 6`;
  return { chain, match: ["-m limit --limit 6/min --limit-burst 12"], target };
}

const LONGEST_COMMENT = 255;

function ruleText(rule: Rule): string {
  const comment = rule.comment?.slice(0, LONGEST_COMMENT);
  const parts = [`-A ${rule.chain}`, ...rule.match];
  if (comment !== undefined) {
    if (!/^[\w .,:;()[\]/-]+$/.test(comment)) throw new Error(`this is no comment for a rule: ${comment}`);
    // Quoted exactly where iptables-save quotes, so that what a host shows can be compared with what it was given.
    parts.push(`-m comment --comment ${/^[\w-]+$/.test(comment) ? comment : `"${comment}"`}`);
  }
  return [...parts, `-j ${rule.target}`].join(" ");
}

/** A whole filter table for iptables-restore; text in the list becomes a comment line. */
export function tableText(chains: readonly Chain[], rules: readonly (Rule | string)[]): string {
  return lines([
    "*filter",
    ...chains.map((chain) => `:${chain.name} ${chain.policy ?? "-"} [0:0]`),
    ...rules.map((rule) => (typeof rule === "string" ? `# ${rule}` : ruleText(rule))),
    "COMMIT",
  ]);
}
