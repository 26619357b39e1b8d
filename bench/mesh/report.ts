import { table } from "../compile/report";
import { roundsText } from "../machine";
import { median } from "../measure";
import { DATA, MODES, type Data, type Mode, type Throughput } from "./probe";

/** One round, on two new hosts. */
export type Round = Record<Mode, Record<Data, Throughput> & { milliseconds: number }>;

export interface Results {
  date: string;
  machine: string;
  versions: Record<string, string>;
  /** The driver of the hosts' kernel for AES-GCM. */
  cipher: string;
  rounds: Round[];
}

export const WHAT: Record<Mode, string> = {
  clear: "in clear",
  esp: "ESP",
  ipcomp: "ESP and IPComp",
};

export interface Ratio {
  mode: Exclude<Mode, "clear">;
  /** Throughput to that of the same data in clear; below 1 it costs. */
  throughput: Record<Data, number>;
  /** Time there and back to that in clear; above 1 it costs. */
  latency: number;
}

/** Round by round, then the median. */
export function ratios(rounds: readonly Round[]): Ratio[] {
  const middle = (read: (round: Round) => number): number => median(rounds.map(read));
  return (["esp", "ipcomp"] as const).map((mode) => ({
    mode,
    throughput: {
      compressible: middle((round) => rate(round, mode, "compressible")),
      random: middle((round) => rate(round, mode, "random")),
    },
    latency: middle((round) => round[mode].milliseconds / round.clear.milliseconds),
  }));
}

function rate(round: Round, mode: Mode, data: Data): number {
  return round[mode][data].megabits / round.clear[data].megabits;
}

/** The results as Markdown, ratios first. */
export function resultsText({ date, machine, versions, cipher, rounds }: Results): string {
  const used = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const middle = (read: (round: Round) => number): number => median(rounds.map(read));
  return `# bench/mesh: results

Written by \`npm run bench:mesh\` on ${date}. ${machine}; ${used.join(", ")}. ${roundsText(rounds)};
two hosts of the lab, on this same machine, new ones in each round.

${table(
  ["to the same in clear", ...DATA.map((data) => `throughput, ${data} data`), "time there and back"],
  ratios(rounds).map(({ mode, throughput, latency }) => [
    WHAT[mode],
    ...DATA.map((data) => throughput[data].toFixed(2)),
    latency.toFixed(2),
  ]),
)}

${table(
  ["how", "data", "Mbit/s", "bytes on the wire a byte of payload", "ms there and back"],
  MODES.flatMap((mode) =>
    DATA.map((data) => [
      WHAT[mode],
      data,
      middle((round) => round[mode][data].megabits).toFixed(0),
      middle((round) => round[mode][data].wire).toFixed(2),
      middle((round) => round[mode].milliseconds).toFixed(2),
    ]),
  ),
)}

**The hosts' kernel makes IPsec look dearer than it is on real machines.** It runs in user mode and has no access to the
processor's instructions for AES: it ciphers with \`${cipher}\`, which is C, at a small part of the speed that AES-NI gives.
That makes IPComp look better than it is, too: what is compressed away need not be ciphered. Its network card passes a packet
a system call, without the offloads of a real one, which costs traffic in clear as well; and both hosts share this machine's
cores with all else that runs on it. What carries over to other machines is the column of bytes on the wire.

- One TCP connection of iperf3 over IPv6 for each kind of data; the rate is that of payload as it was received. Times
  there and back are those of ping's small packets, the middle one of several hundred.
- In clear: on hosts to which nothing was deployed. Then Palisade deploys its stack to the same hosts, so that its firewall is
  in the figures of ESP too, and of every packet the rules, the sets and the tracking of connections.
- ESP is AES-GCM with 128 bits in transport mode, as everywhere in a mesh; with \`palisade:ipcomp\` deflate comes before it
  (RFC 3173, RFC 2394). Compressible data is iperf3's \`--repeating-payload\`, which compresses far better than what
  servers say to each other. The kernel compresses each packet by itself, and sends one that gets no smaller as it was.
- After each measurement the sender's kernel was asked which of its states had carried anything: none in clear, ESP's,
  IPComp's as well.
`;
}
