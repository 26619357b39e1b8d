import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findPulumi } from "../../lab/pulumi/find";
import { openLab } from "../../lab/machine/lab";
import { print, say, start } from "../command";
import { machineText, today } from "../machine";
import { withCommit } from "./commit";
import { measure, type Measurement, type Task } from "./measure";
import { resultsText, type Results } from "./report";

const RESULTS = join(__dirname, "RESULTS.md");

const HELP = `npm run bench:preview -- [options]

Previews stacks of 50, 200, 500 and 1,000 hosts on AWS, on Linode and existing ones, from nothing, and brings up to 500
existing hosts up that answer at once, then once more with nothing changed. Writes bench/preview/RESULTS.md.

  --against <commit> previews the same stacks with that commit's program as well, by the same engine
  --hosts <list>     other numbers of hosts, each at least 50, such as 50,100; RESULTS.md stays as it is
  --operations <list>  of preview, up, up again; RESULTS.md stays as it is
  --json             print the results as JSON

Examples:
  npm run bench:preview
  npm run bench:preview -- --against HEAD~20
  npm run bench:preview -- --against main --operations preview --hosts 1000
  npm run bench:preview -- --hosts 50 --json | jq '.measurements[].program.peakMegabytes'`;

const HOSTS = [50, 200, 500, 1000];
/**
 * Existing hosts in one stack: the program gets its config in one variable of its environment, which Linux limits to
 * 128 KiB (MAX_ARG_STRLEN, execve(2)). Cloud hosts with a `count` take less.
 */
const MOST_EXISTING = 500;
const OPERATIONS = ["preview", "up", "up again"] as const;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      against: { type: "string" },
      hosts: { type: "string" },
      operations: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  const hosts = values.hosts?.split(",").map(Number) ?? HOSTS;
  const wanted = values.operations?.split(",");
  const tasks = OPERATIONS.filter((name) => wanted?.includes(name) ?? true).flatMap((operation) =>
    hosts
      .filter((count) => operation === "preview" || count <= MOST_EXISTING)
      .map((count): Task => ({ operation, hosts: count })),
  );
  const { version } = await findPulumi(openLab(), say);
  const { against } = values;
  const measurements =
    against === undefined
      ? await measureAll(tasks)
      : await withCommit(against, (folder) => measureAll(tasks, { commit: against, folder }));
  const results: Results = {
    date: today(),
    machine: machineText(),
    versions: { Node: process.versions.node, pulumi: version },
    measurements,
  };
  const text = resultsText(results);
  if (values.hosts === undefined && wanted === undefined) writeFileSync(RESULTS, text);
  print(results, text, values);
}

/** @param other the program that previews are compared with, each next to its own */
async function measureAll(
  tasks: readonly Task[],
  other?: { commit: string; folder: string },
): Promise<Measurement[]> {
  const found: Measurement[] = [];
  for (const task of tasks) {
    found.push(await measureOne(task));
    if (other === undefined || task.operation !== "preview") continue;
    found.push(await measureOne({ ...task, commit: other.commit }, other.folder));
  }
  return found;
}

async function measureOne(task: Task, project?: string): Promise<Measurement> {
  const { measurement } = await measure(task, project);
  const { commit = "this program", operation, hosts, seconds, program } = measurement;
  const memory = `${program.peakMegabytes.toFixed(0)} MiB in the program`;
  say(`${commit}, ${operation}, ${hosts} hosts: ${seconds.toFixed(1)} s, ${memory}`);
  return measurement;
}

start(main);
