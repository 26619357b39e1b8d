import Table from "cli-table3";
import { sumBy } from "lodash";
import { flows } from "../../compiler/decide/flows";
import { formatProblem } from "../../compiler/problem";
import type { Deployment } from "../deploy/engine";
import type { LabPulumi } from "../deploy/pulumi";
import { bootExistingHosts } from "../deploy/existing-hosts";
import { OUTPUTS } from "../deploy/deployed";
import { deployerKey, engineOptions, openEngine, type Context } from "./context";

/** Brings a stack up in the lab: boots what is missing, deploys its config, says what was done. */
export async function up(options: { stack: string; replace: string[] }): Promise<number> {
  const { context, pulumi } = await openEngine(options.stack);
  const { session } = context;
  for (const warning of session.warnings) process.stderr.write(`${formatProblem(warning)}\n`);
  const deployment = await bringUp(context, pulumi, options.replace);
  process.stdout.write(summary(context, deployment));
  return deployment.ok ? 0 : 1;
}

/** Boots what is missing of a stack, deploys its config, and keeps what it exports. */
export async function bringUp(context: Context, pulumi: LabPulumi, replace: string[]): Promise<Deployment> {
  const { lab, session, steps } = context;
  await steps.run("existing hosts", () =>
    bootExistingHosts(lab, session, deployerKey(session).firstPublicKey, steps.progress),
  );
  const deployment = await steps.run("deploy", () => pulumi.run(engineOptions(context, "up", replace)));
  if (deployment.outputs !== undefined && "hosts" in deployment.outputs) {
    session.files.write(OUTPUTS, `${JSON.stringify(deployment.outputs, null, 2)}\n`);
  }
  return deployment;
}

function summary(context: Context, deployment: Deployment): string {
  const { session, steps } = context;
  const { model, policy, inventory } = session;
  const hosts = [...model.hosts.values()];
  const table = new Table({
    style: { head: [], border: [], compact: true },
    head: ["host", "on", "groups", "peers", "people"],
  });
  for (const host of hosts) {
    const on = inventory.hosts.find(({ name }) => name === host.name)?.on ?? "";
    const groups = host.groups.filter((group) => group !== "all").join(" ");
    const people = host.accounts.map(({ person }) => person.name).join(" ");
    table.push([host.name, on, groups, host.peers.join(" "), people]);
  }
  const count = [...flows(model)].length;
  const logins = sumBy(hosts, ({ accounts }) => accounts.length);
  const pairs = sumBy(hosts, ({ peers }) => peers.length) / 2;
  return [
    "",
    table.toString(),
    `${hosts.length} hosts in ${policy.groups.size} groups, ${count} flows, ${pairs} pairs of peers, ${logins} logins`,
    changesLine(deployment),
    ...failureLines(deployment),
    `Took ${steps.taken.map(({ name, seconds }) => `${name} ${seconds.toFixed(1)} s`).join(", ")}.`,
    "",
  ].join("\n");
}

/** Says outright when nothing was to be done. */
function changesLine({ changes, contacted }: Deployment): string {
  if (changes === undefined) return "";
  const { same, ...changed } = changes;
  const made = Object.entries(changed).filter(([, count]) => count > 0);
  if (made.length === 0 && contacted.length === 0) {
    return `No changes: all ${same} resources are as they should be; no host was contacted.`;
  }
  const changesText = made.map(([kind, count]) => `${count} ${kind}`).join(", ");
  return `Changes: ${changesText || "none"}, ${same} same. Hosts contacted: ${contacted.join(", ") || "none"}.`;
}

function failureLines({ failed }: Deployment): string[] {
  return failed.map(({ name, message }) => `FAILED ${name}: ${reasonOf(message)}`);
}

/** In one line: of a command that failed, the last that the host said, not what was run. */
function reasonOf(message: string): string {
  const [first = "", ...output] = message.trimEnd().split("\n");
  return /: running ".*":$/.test(first) ? (output.at(-1) ?? first) : first;
}
