import { spawn } from "node:child_process";

/** What one direction between two addresses carried. */
export interface Traffic {
  /** ESP packets (RFC 4303). */
  esp: number;
  /** TCP and UDP packets in clear that are not IKE, by destination or source port. */
  clear: Map<number, number>;
}

const IKE_PORTS = new Set([500, 4500]);
const LINE =
  /^IP6? (?<source>[0-9a-f.:]+?)(?:\.(?<sport>\d+))? > (?<destination>[0-9a-f.:]+?)(?:\.(?<dport>\d+))?: (?<rest>.*)$/;

/**
 * Packets by pair of addresses, from tcpdump's text (`-nn -t -q`).
 * An IPv4 address with a port is five dotted parts and an IPv6 address with one ends in `.PORT`.
 */
export class TrafficTable {
  private readonly pairs = new Map<string, Traffic>();

  add(line: string): void {
    const match = LINE.exec(line);
    if (match?.groups === undefined) return;
    const { rest = "" } = match.groups;
    const [source, sourcePort] = endpoint(match.groups.source ?? "", match.groups.sport);
    const [destination, destinationPort] = endpoint(match.groups.destination ?? "", match.groups.dport);
    const traffic = this.between(source, destination);
    if (rest.startsWith("ESP(")) {
      traffic.esp += 1;
    } else if (sourcePort !== undefined && destinationPort !== undefined) {
      if (IKE_PORTS.has(sourcePort) && IKE_PORTS.has(destinationPort)) return;
      for (const port of [sourcePort, destinationPort]) {
        traffic.clear.set(port, (traffic.clear.get(port) ?? 0) + 1);
      }
    }
  }

  between(source: string, destination: string): Traffic {
    const key = `${source} ${destination}`;
    let traffic = this.pairs.get(key);
    if (traffic === undefined) {
      traffic = { esp: 0, clear: new Map() };
      this.pairs.set(key, traffic);
    }
    return traffic;
  }

  /** What crossed to an address, from each other one. */
  to(address: string): Traffic[] {
    return [...this.pairs].filter(([pair]) => pair.endsWith(` ${address}`)).map(([, traffic]) => traffic);
  }

  /** ESP in both directions and no packet of the port in clear in either. */
  isEncrypted(one: string, other: string, port: number): boolean {
    const [there, back] = [this.between(one, other), this.between(other, one)];
    return there.esp > 0 && back.esp > 0 && !there.clear.has(port) && !back.clear.has(port);
  }
}

/** An IPv4 address has four dotted parts: a fifth, or one without a colon before it, is a port. */
function endpoint(address: string, port: string | undefined): [string, number | undefined] {
  const isCutIpv4 = !address.includes(":") && address.split(".").length === 3;
  if (isCutIpv4 && port !== undefined) return [`${address}.${port}`, undefined];
  return [address, port === undefined ? undefined : Number(port)];
}

export interface Capture {
  /** What has crossed so far. */
  table: TrafficTable;
  /** Ends the capture and returns what crossed. */
  stop(): Promise<TrafficTable>;
}

/**
 * Watches interfaces until stopped. What crosses several of them counts as often.
 * @param prefix of an argv that runs it in another network namespace than this process's
 * @throws where tcpdump can't listen
 */
export async function startCapture(
  interfaces: readonly string[],
  prefix: readonly string[] = [],
): Promise<Capture> {
  const table = new TrafficTable();
  const stops = await Promise.all(interfaces.map((name) => watch(name, prefix, table)));
  return {
    table,
    stop: async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await Promise.all(stops.map((stop) => stop()));
      return table;
    },
  };
}

const OPTIONS = ["-nn", "-t", "-q", "-l", "-s", "128", "-B", "16384", "ip or ip6"];

async function watch(
  networkInterface: string,
  prefix: readonly string[],
  table: TrafficTable,
): Promise<() => Promise<void>> {
  const [program = "", ...args] = [...prefix, "tcpdump", "-i", networkInterface, ...OPTIONS];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) table.add(line);
  });
  const closed = new Promise<void>((resolve) => child.on("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (text.includes("listening on")) resolve();
    });
    child.on("close", () => reject(new Error("tcpdump ended before it listened")));
  });
  return async () => {
    child.kill("SIGINT");
    await closed;
  };
}
