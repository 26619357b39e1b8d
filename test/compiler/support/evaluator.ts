import { inRange, readRange, type AddressSet, type Marks } from "./address-sets";

/*
 * Reads ipset and iptables text as the kernel would and decides on one packet. It shares no code with the renderer
 * and knows of no policy; an option that it does not know is an error, never a match.
 */

export interface Packet {
  family: "ipv4" | "ipv6";
  source: string;
  destination?: string;
  protocol: "tcp" | "udp" | "esp" | "icmp";
  sourcePort?: number;
  destinationPort?: number;
  icmpType?: string;
  hopLimit?: number;
  /** Whether it came out of an IPsec security association, or goes through one. */
  ipsec: boolean;
  /** The address at which that association was made, where it is not the packet's own other end. */
  through?: string;
  state: "NEW" | "ESTABLISHED" | "RELATED" | "INVALID" | "UNTRACKED";
  /** Whether the other end of its connection opened it: answers have it the other way round from questions. */
  answer?: boolean;
  /** Of TCP, whether it opens a connection. */
  syn?: boolean;
  interface?: string;
  direction?: "in" | "out";
}

export type Verdict = "ACCEPT" | "DROP";

type Match = (packet: Packet) => boolean;

/** What the rules refer to. */
interface Surroundings {
  sets: Map<string, AddressSet>;
  marks: Marks;
}

interface Rule {
  matches: Match[];
  target: string;
}

export interface Ruleset {
  policies: Map<string, Verdict>;
  chains: Map<string, Rule[]>;
}

/** One family's filter table with the sets that it refers to, and the marks that its packets have. */
export function readRules(rules: string, around: Surroundings): Ruleset {
  const ruleset: Ruleset = { policies: new Map(), chains: new Map() };
  for (const line of rules.split("\n")) {
    if (line === "" || line.startsWith("#") || line === "*filter" || line === "COMMIT") continue;
    const chain = /^:(\S+) (ACCEPT|DROP|-) \[0:0\]$/.exec(line);
    const rule = /^-A (\S+) (.*)$/.exec(line);
    if (chain?.[1] !== undefined) {
      ruleset.chains.set(chain[1], []);
      if (chain[2] === "ACCEPT" || chain[2] === "DROP") ruleset.policies.set(chain[1], chain[2]);
    } else if (rule?.[1] !== undefined) {
      const rules = ruleset.chains.get(rule[1]);
      if (rules === undefined) throw new Error(`no such chain: ${line}`);
      rules.push(readRule(rule[2] ?? "", around));
    } else throw new Error(`what is: ${line}`);
  }
  return ruleset;
}

function readRule(text: string, around: Surroundings): Rule {
  const words = text.match(/"[^"]*"|\S+/g) ?? [];
  const matches: Match[] = [];
  let at = 0;
  const next = (): string => {
    const word = words[at++];
    if (word === undefined) throw new Error(`breaks off: ${text}`);
    return word;
  };
  while (at < words.length) {
    const option = next();
    if (option === "-j") {
      const target = next();
      if (target !== "LOG" && at < words.length) throw new Error(`after the target: ${text}`);
      return { matches, target };
    }
    const match = readMatch(option, next, around);
    if (match !== undefined) matches.push(match);
  }
  throw new Error(`no target: ${text}`);
}

const MODULES = [
  "tcp",
  "udp",
  "icmp",
  "icmp6",
  "multiport",
  "conntrack",
  "policy",
  "mark",
  "set",
  "hl",
  "limit",
  "comment",
];

function readMatch(option: string, next: () => string, around: Surroundings): Match | undefined {
  switch (option) {
    case "!": {
      const match = readMatch(next(), next, around);
      if (match === undefined) throw new Error("the opposite of nothing");
      return (packet) => !match(packet);
    }
    case "--mark": {
      const [value = NaN, mask = NaN] = next().split("/").map(Number);
      return (packet) => (markOf(packet, around.marks) & mask) >>> 0 === value;
    }
    case "-m": {
      const name = next();
      if (!MODULES.includes(name)) throw new Error(`unknown module ${name}`);
      return undefined;
    }
    case "--comment":
    case "--limit":
    case "--limit-burst":
      next();
      return undefined;
    case "-i":
    case "-o": {
      const [name, direction] = [next(), option === "-i" ? "in" : "out"];
      return (packet) => packet.interface === name && (packet.direction ?? "in") === direction;
    }
    case "-p":
      return protocolMatch(next());
    case "-s":
    case "-d": {
      const range = readRange(next());
      return (packet) => inRange(option === "-s" ? packet.source : (packet.destination ?? "::"), range);
    }
    case "--sport":
      return portMatch(next(), (packet) => packet.sourcePort);
    case "--dport":
    case "--dports":
      return portMatch(next(), (packet) => packet.destinationPort);
    case "--icmp-type":
    case "--icmpv6-type": {
      const type = next();
      return (packet) => packet.icmpType === type;
    }
    case "--hl-eq": {
      const limit = Number(next());
      return (packet) => (packet.hopLimit ?? 64) === limit;
    }
    case "--ctstate": {
      const states = next().split(",");
      return (packet) => states.includes(packet.state);
    }
    case "--ctdir":
      if (next() !== "REPLY") throw new Error("only --ctdir REPLY is known");
      return (packet) => packet.answer === true;
    case "--tcp-flags":
      if (`${next()} ${next()}` !== "FIN,SYN,RST,ACK SYN")
        throw new Error("only the flags of a SYN are known");
      return (packet) => packet.syn === true;
    case "--dir":
      if (next() !== "in") throw new Error("only --dir in is known");
      return undefined;
    case "--pol": {
      const ipsec = next() === "ipsec";
      return (packet) => packet.ipsec === ipsec;
    }
    case "--match-set":
      return setMatch(next(), next(), around);
    default:
      throw new Error(`unknown option ${option}`);
  }
}

function protocolMatch(name: string): Match {
  const protocol = name === "ipv6-icmp" ? "icmp" : name;
  const family = name === "icmp" ? "ipv4" : name === "ipv6-icmp" ? "ipv6" : undefined;
  return (packet) => packet.protocol === protocol && (family === undefined || packet.family === family);
}

function portMatch(text: string, port: (packet: Packet) => number | undefined): Match {
  const ranges = text.split(",").map((part) => part.split(":").map(Number));
  return (packet) => {
    const number = port(packet);
    return number !== undefined && ranges.some(([low = NaN, high = low]) => low <= number && number <= high);
  };
}

function setMatch(name: string, side: string, { sets, marks }: Surroundings): Match {
  const set = sets.get(name);
  if (set === undefined) throw new Error(`no such set: ${name}`);
  const [first, second] = side.split(",");
  if (!["src", "dst"].includes(first ?? "")) throw new Error(`which side is ${side}`);
  return (packet) => {
    const address = first === "src" ? packet.source : (packet.destination ?? "::");
    if (set.family !== packet.family) throw new Error(`${name} is of the other family`);
    if (second !== undefined) return set.marks.get(address) === markOf(packet, marks);
    return set.ranges.some((range) => inRange(address, range));
  };
}

/** None without IPsec, and none of an association that there can't be. */
function markOf(packet: Packet, marks: Marks): number {
  if (!packet.ipsec) return 0;
  const end = packet.direction === "out" ? packet.destination : packet.source;
  return marks.get(packet.through ?? end ?? "") ?? 0;
}

/** What happens to a packet that enters a built-in chain. */
export function decidePacket(ruleset: Ruleset, packet: Packet, chain = "INPUT"): Verdict {
  const policy = ruleset.policies.get(chain);
  if (policy === undefined) throw new Error(`${chain} is not built in`);
  return walk(ruleset, chain, packet, 0) ?? policy;
}

function walk(ruleset: Ruleset, chain: string, packet: Packet, depth: number): Verdict | undefined {
  if (depth > 10) throw new Error("the chains run in a circle");
  for (const rule of ruleset.chains.get(chain) ?? []) {
    if (!rule.matches.every((match) => match(packet))) continue;
    if (rule.target === "ACCEPT" || rule.target === "DROP") return rule.target;
    if (rule.target === "LOG") continue;
    if (!ruleset.chains.has(rule.target)) throw new Error(`no such chain: ${rule.target}`);
    const verdict = walk(ruleset, rule.target, packet, depth + 1);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}
