/** Reads what a host's own firewall lets in from outside the fleet, out of the text that is pushed to it. */
import { type Admission, ANYWHERE, protocolName } from "./admission";
import { portRanges } from "./cloud-firewalls";

/** The firewall among the facets of a document, or alone. */
const FIREWALL = /^# palisade firewall for [^]*?^#=== end$/m;

interface Rule {
  chain: string;
  /** Option → its value, as in `-p tcp --dport 22`. */
  options: Map<string, string>;
}

/** What the firewall admits that does not come through IPsec; nothing for a text without a host's firewall. */
export function hostAdmissions(document: string): Admission[] {
  const lines = FIREWALL.exec(document)?.[0].split("\n") ?? [];
  const sets = setMembers(lines);
  const rules = inbound(lines.filter((line) => line.startsWith("-A ")).map(parseRule));
  const open = lines
    .filter((line) => line.startsWith(":INPUT ACCEPT"))
    .map(() => ({ where: "INPUT's default", protocol: "all", ports: undefined, sources: ANYWHERE }));
  return [...open, ...rules.flatMap((rule) => admissionsOf(rule, rules, sets))];
}

function setMembers(lines: readonly string[]): Map<string, string[]> {
  const members = new Map<string, string[]>();
  for (const line of lines) {
    const [verb, set = "", member = ""] = line.split(" ");
    if (verb === "create") members.set(set, []);
    if (verb === "add") members.get(set)?.push(member);
  }
  return members;
}

function parseRule(line: string): Rule {
  const words = line.match(/"[^"]*"|\S+/g) ?? [];
  const options = new Map<string, string>();
  words.forEach((word, index) => {
    if (word.startsWith("-") && word !== "-m")
      options.set(word, (words[index + 1] ?? "").replaceAll('"', ""));
  });
  return { chain: words[1] ?? "", options };
}

/** The rules that a packet which comes in can meet; those of an isolated host for what goes out are none. */
function inbound(rules: readonly Rule[]): Rule[] {
  const chains = new Set(["INPUT"]);
  // A chain is added while the set is gone through, and so is gone through itself.
  for (const chain of chains) {
    for (const rule of rules) if (rule.chain === chain) chains.add(rule.options.get("-j") ?? "");
  }
  return rules.filter(({ chain }) => chains.has(chain));
}

/** Loopback, what belongs to connections there are, and what came through IPsec is no admission of strangers. */
function isForStrangers({ options }: Rule): boolean {
  if (options.get("-j") !== "ACCEPT") return false;
  return (
    !options.has("-i") &&
    !/^(?:RELATED|ESTABLISHED|,)+$/.test(options.get("--ctstate") ?? "") &&
    options.get("--pol") !== "ipsec"
  );
}

/** A service's port stands in the rule that jumps to the service's chain; its sources are in the chain's rules. */
function admissionsOf(rule: Rule, rules: readonly Rule[], sets: Map<string, string[]>): Admission[] {
  if (!isForStrangers(rule)) return [];
  const jumps = rules.filter(({ options }) => options.get("-j") === rule.chain && options.has("-p"));
  return (rule.options.has("-p") || jumps.length === 0 ? [rule] : jumps).flatMap(({ options }) =>
    portRanges(options.get("--dport") ?? options.get("--dports")).map((ports) => ({
      where: rule.options.get("--comment") ?? `a rule of ${rule.chain}`,
      protocol: protocolName(options.get("-p") ?? "all"),
      ports,
      sources: sourcesOf(rule, sets),
    })),
  );
}

function sourcesOf({ options }: Rule, sets: Map<string, string[]>): string[] {
  const set = options.get("--match-set");
  if (set !== undefined) return sets.get(set) ?? [];
  const source = options.get("-s");
  return source === undefined ? ANYWHERE : [source];
}
