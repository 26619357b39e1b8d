import { setTimeout as sleep } from "node:timers/promises";
import { ownJson } from "../../lab/deploy/own-data";
import type { RunningHosts } from "../lab/hosts";
import { median } from "../measure";
import { HOSTS, PORT } from "./stack";

/** How the two hosts speak. */
export const MODES = ["clear", "esp", "ipcomp"] as const;
export type Mode = (typeof MODES)[number];

/** What is sent: one short text again and again, or what no compression makes smaller. */
export const DATA = ["compressible", "random"] as const;
export type Data = (typeof DATA)[number];

export interface Throughput {
  /** Of TCP's payload, as it was received. */
  megabits: number;
  /** Bytes that left the sender's network card, for each byte of payload. */
  wire: number;
}

const SECONDS = 6;
/** TCP finds its pace first. */
const OMITTED = 1;
const PINGS = 300;
const [SENDER, RECEIVER] = HOSTS;

/** @throws unless the kernels do what the mode says, by what they tell of it */
export async function throughput(hosts: RunningHosts, mode: Mode, data: Data): Promise<Throughput> {
  await hosts.run(RECEIVER, `iperf3 --server --one-off --daemon --port ${PORT}`);
  const payload = data === "compressible" ? "--repeating-payload" : "";
  const script = `
    sent() { cat /sys/class/net/eth0/statistics/tx_bytes; }
    before=$(sent)
    iperf3 --client ${RECEIVER.ipv6} --port ${PORT} --time ${SECONDS} --omit ${OMITTED} ${payload} --json >/tmp/report
    echo "$(($(sent) - before))"
    cat /tmp/report`;
  const text = await hosts.run(SENDER, script);
  const line = text.indexOf("\n");
  await checkMode(hosts, mode);
  return parseIperf(Number(text.slice(0, line)), text.slice(line + 1));
}

/** What of iperf3's report counts here. */
interface Report {
  error?: string;
  intervals?: { sum: { bytes: number } }[];
  end?: { sum_received: { bits_per_second: number } };
}

/**
 * @param sent by the network card, from beginning to end
 * @param json what `iperf3 --json` printed
 * @throws with its own words where it failed
 */
export function parseIperf(sent: number, json: string): Throughput {
  const { error, intervals, end } = ownJson<Report>(json);
  if (error !== undefined || end === undefined || intervals === undefined)
    throw new Error(`iperf3: ${error ?? "no end of its report"}`);
  // The seconds that are omitted from the rate are among the intervals, and were sent.
  const payload = intervals.reduce((total, { sum }) => total + sum.bytes, 0);
  return { megabits: end.sum_received.bits_per_second / 1e6, wire: sent / payload };
}

/** Milliseconds there and back, of the middle one. */
export async function latency(hosts: RunningHosts): Promise<number> {
  return parsePing(await hosts.run(SENDER, `ping -6 -n -c ${PINGS} -i 0.02 ${RECEIVER.ipv6}`), PINGS);
}

/** @throws unless nearly all of them were answered */
export function parsePing(text: string, sent: number): number {
  const times = [...text.matchAll(/ time=([0-9.]+) ms$/gm)].map((match) => Number(match[1]));
  if (times.length < sent * 0.95) throw new Error(`${times.length} of ${sent} pings were answered`);
  return median(times);
}

/** The first packet to a peer brings the SA up, and may itself be lost. */
export async function untilReached(hosts: RunningHosts): Promise<void> {
  for (let tries = 0; tries < 30; tries++) {
    const answered = await hosts.run(
      SENDER,
      `ping -6 -n -q -c 1 -W 1 ${RECEIVER.ipv6} >/dev/null && echo yes || echo no`,
    );
    if (answered === "yes\n") return;
    await sleep(500);
  }
  throw new Error("the receiver does not answer the sender");
}

async function checkMode(hosts: RunningHosts, mode: Mode): Promise<void> {
  const used = usedStates(await hosts.run(SENDER, "ip -s xfrm state"));
  const wanted = { clear: [], esp: ["esp"], ipcomp: ["comp", "esp"] }[mode];
  if (used.join() !== wanted.join())
    throw new Error(`${mode}: the kernel used ${used.join(", ") || "no IPsec"}, not ${wanted.join(", ")}`);
}

/** The protocols whose states carried anything, of what `ip -s xfrm state` prints. */
export function usedStates(text: string): string[] {
  const states = text
    .split(/^(?=src )/m)
    .filter((state) => Number(/lifetime current:\s+(\d+)\(bytes\)/.exec(state)?.[1]) > 0);
  return [...new Set(states.flatMap((state) => /\bproto (\w+) /.exec(state)?.[1] ?? []))].sort();
}

/** What ciphers ESP with in the host's kernel: an entry of /proc/crypto, as `driver`. */
export async function cipher(hosts: RunningHosts): Promise<string> {
  return parseCrypto(await hosts.run(SENDER, "cat /proc/crypto"));
}

/** @throws if the text has no AES-GCM */
export function parseCrypto(text: string): string {
  const entries = text.split(/\n\n+/).map((entry) => {
    const field = (name: string): string => new RegExp(`^${name} +: (.*)$`, "m").exec(entry)?.[1] ?? "";
    return { name: field("name"), driver: field("driver"), priority: Number(field("priority")) };
  });
  const [best] = entries.filter(({ name }) => name === "gcm(aes)").sort((a, b) => b.priority - a.priority);
  if (best === undefined) throw new Error("the kernel has no gcm(aes)");
  return best.driver;
}
