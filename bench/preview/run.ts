import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pulumiOnPath } from "../../lab/deploy/engine";
import { ownJson } from "../../lab/deploy/own-data";
import { print, say, start } from "../command";
import { machineText, today } from "../machine";
import type { Measurement, Task } from "./measure";
import { resultsText, type Results } from "./report";

const RESULTS = join(__dirname, "RESULTS.md");

const HELP = `npm run bench:preview -- [options]

Previews stacks of 50, 200, 500 and 1,000 hosts on AWS, on Linode and existing ones, from nothing, and brings up to 500
existing hosts up that answer at once, then once more with nothing changed. With the lab's stand-in, and previews with
the real command too where it is on PATH. Writes bench/preview/RESULTS.md.

  --hosts <list>     other numbers of hosts, each at least 50, such as 50,100; RESULTS.md stays as it is
  --operations <list>  of preview, up, up again; RESULTS.md stays as it is
  --json             print the results as JSON`;

const HOSTS = [50, 200, 500, 1000];
/**
 * Existing hosts in one stack: the program gets its config in one variable of its environment, which Linux limits to
 * 128 KiB (MAX_ARG_STRLEN, execve(2)). Cloud hosts with a `count` take less.
 */
const MOST_EXISTING = 500;
const OPERATIONS = ["preview", "up", "up again"] as const;

function main(): void {
  const { values } = parseArgs({
    options: {
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
  const operations = OPERATIONS.filter((name) => wanted?.includes(name) ?? true);
  const results = run(hosts, operations);
  const text = resultsText(results);
  if (values.hosts === undefined && wanted === undefined) writeFileSync(RESULTS, text);
  print(results, text, values);
}

function run(hosts: readonly number[], operations: readonly Task["operation"][]): Results {
  const pulumi = pulumiOnPath();
  const engines = pulumi === undefined ? (["stand-in"] as const) : (["stand-in", "pulumi"] as const);
  const measurements = operations.flatMap((operation) =>
    engines
      .filter((engine) => engine === "stand-in" || operation === "preview")
      .flatMap((engine) =>
        hosts
          .filter((count) => operation === "preview" || count <= MOST_EXISTING)
          .map((count) => inOwnProcess({ engine, operation, hosts: count })),
      ),
  );
  return {
    date: today(),
    machine: machineText(),
    versions: {
      Node: process.versions.node,
      ...(pulumi === undefined
        ? {}
        : { pulumi: execFileSync(pulumi, ["version"], { encoding: "utf8" }).trim() }),
    },
    measurements,
  };
}

/** In a process of its own, whose memory is its own. */
function inOwnProcess(task: Task): Measurement {
  const argv = ["--import", "tsx", join(__dirname, "measure.ts"), JSON.stringify(task)];
  const measurement = ownJson<Measurement>(
    execFileSync(process.execPath, argv, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }),
  );
  const { engine, operation, hosts, seconds } = measurement;
  say(`${engine}, ${operation}, ${hosts} hosts: ${seconds.toFixed(1)} s`);
  return measurement;
}

start(main);
