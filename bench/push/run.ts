import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ownJson } from "../../lab/deploy/own-data";
import type { Lab } from "../../lab/machine";
import { RunningHosts, type BenchHost } from "../lab/hosts";
import { withLab } from "../lab/lab";
import { print, say, start, wholeNumber } from "../command";
import { machineText, today } from "../machine";
import { installProgram, packageVersion } from "../venv";
import { broken, PHASES, resultsText, WHAT, type Phase, type Results, type Round } from "./report";
import { BenchProject, HOSTS, PORTS } from "./stack";
import { differences, emptyParts, readState, type FleetState } from "./state";
import { ansible, palisade, type Tool } from "./tools";

const RESULTS = join(__dirname, "RESULTS.md");
/** What the playbook's modules run with on a host; hosts that only Palisade manages need none. */
const PACKAGES = ["python3", "python3-apt"];

const HELP = `npm run bench:push -- [options]

Deploys the dev stack's config to new hosts of a lab, once by Palisade and once by ansible-playbook: a first deploy,
again with nothing changed, and with one rule changed. Compares the hosts each time. Writes bench/push/RESULTS.md.
Needs root and the lab's packages (lab/install.sh); a round takes ten minutes on two cores.

  --rounds <n>       how often each is measured (default 3)
  --hosts <n>        only so many of its hosts (default ${HOSTS.length}, all of them)
  --keep <file>      add the rounds to those that an earlier run kept there, and report all of them
  --json             print the results as JSON

Examples:
  npm run bench:push
  npm run bench:push -- --rounds 1 --keep /tmp/rounds.json      three times: three rounds, one at a time
  npm run bench:push -- --hosts 2 --rounds 1                    a few minutes, to see that it runs
  npm run bench:push -- --rounds 1 --json | jq '.rounds[0].palisade.first.wall'`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "3" },
      hosts: { type: "string", default: String(HOSTS.length) },
      keep: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  const count = wholeNumber("rounds", values.rounds, 1);
  const size = wholeNumber("hosts", values.hosts, 2, HOSTS.length);
  const some = HOSTS.slice(0, size);
  const playbook = installProgram("ansible-playbook");
  if ("problem" in playbook) throw new Error(`ansible-core cannot be installed. ${playbook.problem}`);
  const kept =
    values.keep !== undefined && existsSync(values.keep) ? readFileSync(values.keep, "utf8") : "[]";
  const rounds = ownJson<Round[]>(kept);
  await withLab("bench-push", PACKAGES, async (lab) => {
    for (let round = 0; round < count; round++) {
      rounds.push(await measureRound(lab, some, playbook.command, rounds.length));
      if (values.keep !== undefined) writeFileSync(values.keep, JSON.stringify(rounds));
    }
  });
  const results: Results = {
    date: today(),
    machine: machineText(),
    versions: { Node: process.versions.node, "ansible-core": packageVersion("ansible-core") },
    hosts: some.length,
    rounds,
  };
  const text = resultsText(results);
  writeFileSync(RESULTS, text);
  print(results, text, values);
  if (broken(rounds).length > 0) process.exitCode = 1;
}

/** Both tools, each on new hosts; who is first takes turns. */
async function measureRound(
  lab: Lab,
  some: readonly BenchHost[],
  command: string,
  round: number,
): Promise<Round> {
  const scratch = mkdtempSync(join(tmpdir(), "palisade-bench-"));
  try {
    const tools = ["palisade", "ansible"] as const;
    const order = round % 2 === 0 ? tools : [...tools].reverse();
    const found = new Map<Tool["name"], ToolRun>();
    for (const name of order) {
      found.set(name, await runTool(lab, some, name, command, join(scratch, name), `round ${round + 1}`));
    }
    const [ours, theirs] = [found.get("palisade"), found.get("ansible")];
    if (ours === undefined || theirs === undefined) throw new Error("both tools were to run");
    checkSame(ours.states, theirs.states);
    return { palisade: ours.costs, ansible: theirs.costs };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface ToolRun {
  costs: Round["palisade"];
  states: Record<Phase, FleetState>;
}

async function runTool(
  lab: Lab,
  some: readonly BenchHost[],
  name: Tool["name"],
  command: string,
  folder: string,
  where: string,
): Promise<ToolRun> {
  const project = new BenchProject(join(folder, "project"), some);
  const hosts = new RunningHosts(lab, some, join(folder, "ssh"));
  say(`${where}, ${name}: booting ${some.length} hosts`);
  await hosts.boot(() => undefined);
  const run = join(folder, "run");
  const tool = name === "palisade" ? palisade(hosts, project, run) : ansible(hosts, project, run, command);
  const measured: Partial<ToolRun["costs"]> = {};
  const states: Partial<ToolRun["states"]> = {};
  for (const phase of PHASES) {
    if (phase === "rule") project.changeRule(PORTS.before, PORTS.after);
    if (phase === "firewall") project.changeRule(PORTS.after, PORTS.before);
    const cost = await tool.push(phase === "firewall" ? "firewall" : undefined);
    say(
      `${where}, ${name}, ${WHAT[phase]}: ${cost.wall.toFixed(1)} s, changed ${cost.changed} of ${cost.of}`,
    );
    if (phase === "again" && cost.changed > 0) throw new Error(`${name} changed something where nothing was`);
    measured[phase] = cost;
    states[phase] = await readState(hosts);
  }
  await hosts.destroy();
  return { costs: complete(measured), states: complete(states) };
}

function complete<T>({ first, again, rule, firewall }: Partial<Record<Phase, T>>): Record<Phase, T> {
  if (first === undefined || again === undefined || rule === undefined || firewall === undefined)
    throw new Error("a phase is missing");
  return { first, again, rule, firewall };
}

/** @throws unless the hosts were the same by both tools after each phase, and as they should be */
function checkSame(ours: ToolRun["states"], theirs: ToolRun["states"]): void {
  const problems = PHASES.flatMap((phase) =>
    differences(ours[phase], theirs[phase]).map((line) => `after ${WHAT[phase]}: ${line}`),
  );
  problems.push(
    ...emptyParts(ours.first).map((part) => `nothing to compare: ${part}`),
    ...differences(ours.first, ours.again).map((line) => `changed where nothing was: ${line}`),
    ...[...ours.rule].flatMap(([name, state]) => {
      const rules = [...(state.get("rules.v4") ?? []), ...(state.get("rules.v6") ?? [])].join("\n");
      const port = (text: string): boolean => rules.includes(`--dport ${text.split("/")[0]} `);
      return port(PORTS.after) && !port(PORTS.before) ? [] : [`${name}: the rule did not change`];
    }),
  );
  if (problems.length > 0)
    throw new Error(`the hosts are not the same:\n${problems.slice(0, 20).join("\n")}`);
}

start(main);
