import { table } from "../compile/report";
import { roundsText } from "../machine";
import { median, type Cost } from "../measure";
import type { Effect } from "./tools";

/** What is pushed, in this order, to hosts that were never deployed to. */
export const PHASES = ["first", "again", "rule", "firewall"] as const;
export type Phase = (typeof PHASES)[number];

export const WHAT: Record<Phase, string> = {
  first: "first deploy",
  again: "nothing changed",
  rule: "one rule of every host changed",
  firewall: "the rule changed back, the playbook by --tags firewall",
};

/** Times by which Palisade is to be faster. The last phase is for comparison. */
const PROMISED: Partial<Record<Phase, number>> = { first: 2, again: 2, rule: 2 };

export type Measured = Cost & Effect;

/** One round: each tool once, on new hosts. */
export type Round = Record<"palisade" | "ansible", Record<Phase, Measured>>;

export interface Results {
  date: string;
  machine: string;
  versions: Record<string, string>;
  hosts: number;
  rounds: Round[];
}

export interface Ratio {
  phase: Phase;
  /** Theirs to ours: above 1 Palisade was faster. */
  wall: number;
  /** Of each round, the least and the most. */
  spread: [number, number];
  /** Of this machine's processes alone. */
  cpu: number;
}

/** Round by round, then the median. */
export function ratios(rounds: readonly Round[]): Ratio[] {
  return PHASES.map((phase) => {
    const by = (time: "wall" | "cpu") =>
      rounds.map(({ palisade, ansible }) => ansible[phase][time] / palisade[phase][time]);
    const walls = by("wall");
    return {
      phase,
      wall: median(walls),
      spread: [Math.min(...walls), Math.max(...walls)],
      cpu: median(by("cpu")),
    };
  });
}

/** The promises that were not kept; none where all were. */
export function broken(rounds: readonly Round[]): string[] {
  return ratios(rounds).flatMap(({ phase, wall }) => {
    const promised = PROMISED[phase];
    return promised === undefined || wall >= promised
      ? []
      : [`${WHAT[phase]}: ${wall.toFixed(2)}, not ${promised}`];
  });
}

/** The results as Markdown, ratios first. */
export function resultsText(results: Results): string {
  const { date, machine, versions, hosts, rounds } = results;
  const used = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const wrong = broken(rounds);
  return `# bench/push: results

Written by \`npm run bench:push\` on ${date}. ${machine}; ${used.join(", ")}. ${roundsText(rounds)};
${hosts} hosts of the lab, on this same machine, new ones for each tool and round.

${table(
  [
    "Ansible's time to Palisade's",
    "by the clock",
    "least and most",
    "at least",
    "by the deployer's CPU time",
  ],
  ratios(rounds).map(({ phase, wall, spread, cpu }) => [
    WHAT[phase],
    wall.toFixed(1),
    spread.map((one) => one.toFixed(1)).join(" – "),
    String(PROMISED[phase] ?? ""),
    cpu.toFixed(1),
  ]),
)}
${wrong.length === 0 ? "" : `\nNot kept: ${wrong.join("; ")}.\n`}
${table(
  [
    "what",
    "s by the clock: Palisade",
    "Ansible",
    "s of the deployer's CPU: Palisade",
    "Ansible",
    "changed: Palisade",
    "Ansible",
  ],
  PHASES.map((phase) => {
    const both = (["palisade", "ansible"] as const).map((tool) => rounds.map((round) => round[tool][phase]));
    const column = (read: (one: Measured) => number): string[] =>
      both.map((runs) => median(runs.map(read)).toFixed(1));
    return [
      WHAT[phase],
      ...column(({ wall }) => wall),
      ...column(({ cpu }) => cpu),
      ...both.map((runs) => `${runs[0]?.changed} of ${runs[0]?.of}`),
    ];
  }),
)}

- By the clock from the start of the command to its end, for both. CPU time is of the deployer's processes; what the
  hosts compute is in the time by the clock alone.
- The hosts' kernels run in user mode, all on this machine, which makes work on a host dear: a Python module, a shell
  script, an SSH login. On hosts with kernels of their own both tools wait less.
- After each push every host was compared: rules, sets, connections, certificates, accounts, homes, keys, sudo and sshd
  are the same by both tools, and the changed rule is there.
- Ansible's tasks are counted on each host, Palisade's resources in the stack.
- Where nothing changed Palisade contacts no host, as it knows what it pushed; that hosts still are so is for their own
  look for drift, every 3 minutes, which goes on while this is measured. The playbook looks on every host.
`;
}
