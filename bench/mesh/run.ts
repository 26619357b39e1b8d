import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runToEnd } from "../../fleet/ssh";
import type { Lab } from "../../lab/machine";
import { updateCommand } from "../lab/deploy";
import { RunningHosts } from "../lab/hosts";
import { withLab } from "../lab/lab";
import { print, say, start, wholeNumber } from "../command";
import { machineText, today } from "../machine";
import {
  cipher,
  DATA,
  latency,
  MODES,
  throughput,
  untilReached,
  type Data,
  type Mode,
  type Throughput,
} from "./probe";
import { resultsText, WHAT, type Results, type Round } from "./report";
import { HOSTS, writeStack } from "./stack";

const RESULTS = join(__dirname, "RESULTS.md");
const PACKAGES = ["iperf3"];

const HELP = `npm run bench:mesh -- [options]

Throughput and latency between two hosts of a lab: in clear, with ESP, with ESP and IPComp, each with data that can be
compressed and with data that cannot. Writes bench/mesh/RESULTS.md. Needs root and the lab's packages (lab/install.sh);
a round takes some two minutes.

  --rounds <n>       how often each is measured (default 3)
  --json             print the results as JSON

Examples:
  npm run bench:mesh
  npm run bench:mesh -- --rounds 1
  npm run bench:mesh -- --json | jq '.rounds[].ipcomp.random.megabits'`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "3" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  const count = wholeNumber("rounds", values.rounds, 1);
  const results = await withLab("bench-mesh", PACKAGES, (lab) => measureAll(lab, count));
  const text = resultsText(results);
  writeFileSync(RESULTS, text);
  print(results, text, values);
}

async function measureAll(lab: Lab, count: number): Promise<Results> {
  const rounds: Round[] = [];
  const scratch = mkdtempSync(join(tmpdir(), "palisade-bench-"));
  let about = { cipher: "", versions: {} };
  try {
    for (let round = 0; round < count; round++) {
      // Who is first takes turns.
      const order = round % 2 === 0 ? DATA : DATA.toReversed();
      const hosts = new RunningHosts(lab, HOSTS, join(scratch, "ssh"));
      await hosts.boot(() => undefined);
      rounds.push(await measureRound(hosts, join(scratch, `round-${round}`), order, `${round + 1}/${count}`));
      about = { cipher: await cipher(hosts), versions: await versions(hosts) };
      await hosts.destroy();
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return { date: today(), machine: machineText(), ...about, rounds };
}

async function measureRound(
  hosts: RunningHosts,
  folder: string,
  order: readonly Data[],
  where: string,
): Promise<Round> {
  const state = join(folder, "state");
  mkdirSync(state, { recursive: true });
  const config = writeStack(folder);
  const found: Partial<Round> = {};
  for (const mode of MODES) {
    if (mode !== "clear") await deploy(hosts, updateCommand(hosts.lab, state, config(mode === "ipcomp")));
    found[mode] = await measureMode(hosts, mode, order, where);
  }
  const { clear, esp, ipcomp } = found;
  if (clear === undefined || esp === undefined || ipcomp === undefined) throw new Error("a mode is missing");
  return { clear, esp, ipcomp };
}

async function deploy(hosts: RunningHosts, command: string[]): Promise<void> {
  const { code, stderr } = await runToEnd(command);
  if (code !== 0) throw new Error(`the hosts were not deployed to: ${stderr.trim()}`);
  // Security associations stay as they were agreed on until they are renewed: all end, for the next to be as is said now.
  await hosts.onEach("systemctl restart strongswan");
}

async function measureMode(
  hosts: RunningHosts,
  mode: Mode,
  order: readonly Data[],
  where: string,
): Promise<Round[Mode]> {
  await untilReached(hosts);
  const milliseconds = await latency(hosts);
  const found: Partial<Record<Data, Throughput>> = {};
  for (const data of order) {
    const measured = await throughput(hosts, mode, data);
    found[data] = measured;
    say(
      `${where} ${WHAT[mode]}, ${data}: ${measured.megabits.toFixed(0)} Mbit/s, ${milliseconds.toFixed(2)} ms`,
    );
  }
  const { compressible, random } = found;
  if (compressible === undefined || random === undefined) throw new Error("a kind of data is missing");
  return { compressible, random, milliseconds };
}

async function versions(hosts: RunningHosts): Promise<Record<string, string>> {
  const [sender] = HOSTS;
  const text = await hosts.run(
    sender,
    "uname -r; iperf3 --version | head -n 1 | cut -d ' ' -f 2; swanctl --version | sed -n 's/^strongSwan swanctl //p'",
  );
  const [kernel = "", iperf = "", strongSwan = ""] = text.trim().split("\n");
  return { "the hosts' kernel": kernel, iperf3: iperf, strongSwan };
}

start(main);
