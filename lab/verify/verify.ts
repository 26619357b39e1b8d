import { groupBy } from "lodash";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Capture, TrafficTable } from "./capture";
import type { Probe } from "./expectation";

const SCRIPT = readFileSync(join(__dirname, "probe.pl"), "utf8");
/** Long enough for IKE to bring a link up and the third SYN (sent after 3 s) to pass. */
const PATIENCE = 6;
/** Times that something allowed is tried before it counts as cut off: every link of a new fleet comes up at once. */
const ATTEMPTS = 4;

/** A place that probes can be made from: a host by SSH, or the lab's namespace itself. */
export interface Place {
  /** Runs a command there with this standard input and returns its standard output. */
  run(command: string, stdin: string): Promise<string>;
  /** Starts a command that runs until the returned function is called; waits for its first line. */
  start(command: string, stdin: string): Promise<() => Promise<void>>;
}

export type Outcome = "reached" | "refused" | "silent";

export interface Finding extends Probe {
  outcome: Outcome | "in clear";
}

/** What `lab verify --json` prints. */
export interface Verdict {
  checked: number;
  wrong: Finding[];
  /** Attempts that got through, and were meant to. */
  allowed: number;
  /** Attempts that were met with silence, and were meant to. */
  denied: number;
  /** Of the allowed, those that were seen to cross the bridge as ESP and never in clear. */
  encrypted: number;
}

/** Opens the ports to be tried on every host; the function it returns closes them. */
export async function openPorts(
  places: Map<string, Place>,
  ports: { protocol: string; port: number }[],
): Promise<() => Promise<void>> {
  const names = ports.map(({ protocol, port }) => `${protocol}:${port}`).join(" ");
  const stops = await Promise.all(
    [...places.values()].map((place) => place.start(remote(`listen ${names}`), `${SCRIPT}\n__END__\n`)),
  );
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
  };
}

/** perl reads the script itself from standard input only up to `__END__`; the rest is the script's own. */
function remote(argumentsText: string): string {
  return `perl - ${argumentsText}`;
}

/** Makes all attempts, from every place at once. */
export async function attempt(places: Map<string, Place>, probes: Probe[]): Promise<Map<Probe, Outcome>> {
  const byPlace = groupBy(probes, ({ from }) => (places.has(from) ? from : "outside"));
  const outcomes = new Map<Probe, Outcome>();
  await Promise.all(
    Object.entries(byPlace).map(async ([name, own]) => {
      const place = places.get(name);
      if (place === undefined) throw new Error(`nowhere to probe from: ${name}`);
      const lines = own.map(
        ({ protocol, source, address, port }, id) => `${id} ${protocol} ${source ?? "-"} ${address} ${port}`,
      );
      const output = await place.run(
        remote(`connect ${PATIENCE}`),
        `${SCRIPT}\n__END__\n${lines.join("\n")}\n`,
      );
      for (const line of output.trim().split("\n")) {
        const [id = "", outcome = ""] = line.split(" ");
        const probe = own[Number(id)];
        if (probe !== undefined) outcomes.set(probe, parseOutcome(outcome));
      }
    }),
  );
  return outcomes;
}

function parseOutcome(text: string): Outcome {
  if (text === "reached" || text === "refused" || text === "silent") return text;
  throw new Error(`the probe answered "${text}"`);
}

/**
 * Tries everything and judges it. What should have got through and did not is tried again, because the first
 * packets to a peer are lost while the link comes up; what should not get through has one attempt.
 */
export async function verify(
  places: Map<string, Place>,
  probes: Probe[],
  capture: Capture,
  sourceOf: (probe: Probe) => string | undefined,
): Promise<Verdict> {
  const outcomes = await attempt(places, probes);
  for (let tried = 1; tried < ATTEMPTS; tried += 1) {
    const unlucky = probes.filter(
      (probe) => probe.expected === "allowed" && outcomes.get(probe) !== "reached",
    );
    if (unlucky.length === 0) break;
    for (const [probe, outcome] of await attempt(places, unlucky)) outcomes.set(probe, outcome);
  }
  return judge(probes, outcomes, await capture.stop(), sourceOf);
}

/** A denied attempt must meet silence: an answer of any kind means that a packet got through. */
function judge(
  probes: Probe[],
  outcomes: Map<Probe, Outcome>,
  traffic: TrafficTable,
  sourceOf: (probe: Probe) => string | undefined,
): Verdict {
  const verdict: Verdict = { checked: probes.length, wrong: [], allowed: 0, denied: 0, encrypted: 0 };
  for (const probe of probes) {
    const outcome = outcomes.get(probe) ?? "silent";
    const source = sourceOf(probe);
    if ((outcome === "silent") !== (probe.expected === "denied")) {
      verdict.wrong.push({ ...probe, outcome });
    } else if (probe.expected === "denied") {
      verdict.denied += 1;
    } else {
      verdict.allowed += 1;
      if (!probe.encrypted) continue;
      if (source !== undefined && traffic.isEncrypted(source, probe.address, probe.port))
        verdict.encrypted += 1;
      else verdict.wrong.push({ ...probe, outcome: "in clear" });
    }
  }
  return verdict;
}
