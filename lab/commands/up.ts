import Table from "cli-table3";
import { sumBy } from "lodash";
import { flows } from "../../compiler/decide/flows";
import { formatProblem } from "../../compiler/problem";
import type { Deployment, Engine } from "../deploy/engine";
import { ownJson } from "../deploy/own-data";
import { bootExistingHosts } from "../deploy/existing-hosts";
import { deployedHosts, OUTPUTS } from "../deploy/deployed";
import type { Session } from "../deploy/session";
import { sortedUnique } from "../../compiler/text";
import { chooseEngine, Context, deployerKey, engineOptions, openContext } from "./context";

/** Brings a stack up in the lab: boots what is missing, deploys its config, says what was done. */
export async function up(options: { stack: string; replace: string[] }): Promise<number> {
  const context = await openContext(options.stack);
  const { session } = context;
  for (const warning of session.warnings) process.stderr.write(`${formatProblem(warning)}\n`);
  const engine = chooseEngine();
  process.stderr.write(`Bringing up ${session.name} with ${engine.name}.\n`);
  const deployment = await bringUp(context, engine, options.replace);
  process.stdout.write(summary(context, deployment));
  return deployment.ok ? 0 : 1;
}

/** Boots what is missing of a stack, deploys its config, and keeps what it exports. */
export async function bringUp(context: Context, engine: Engine, replace: string[]): Promise<Deployment> {
  const { lab, session, steps } = context;
  await steps.run("existing hosts", () =>
    bootExistingHosts(lab, session, deployerKey(session).firstPublicKey, steps.progress),
  );
  const again = [...replace, ...unconfirmed(session)];
  const deployment = await steps.run("deploy", () => engine.run(engineOptions(context, "up", again)));
  session.files.write(UNCONFIRMED, JSON.stringify(deployment.failed.map(({ name }) => name)));
  if (deployment.outputs !== undefined && "hosts" in deployment.outputs) {
    session.files.write(OUTPUTS, `${JSON.stringify(deployment.outputs, null, 2)}\n`);
  }
  return deployment;
}

/** Names of the resources that failed in the last run. */
const UNCONFIRMED = "failed.json";

/**
 * What hosts may have undone, because no later command came through in time to confirm it. The engine holds it for
 * applied, so it has to be pushed again by name. A host that has it already changes nothing.
 */
function unconfirmed(session: Session): string[] {
  const failed = ownJson<string[]>(session.files.read(UNCONFIRMED) ?? "[]");
  const hosts = failed.flatMap((name) => /^(.+)-(?:passwords|confirm)$/.exec(name)?.[1] ?? []);
  return sortedUnique(hosts).map((host) => `${host}-apply`);
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
    changesLine(deployment, hostsByAddress(session)),
    ...failureLines(deployment),
    `Took ${steps.taken.map(({ name, seconds }) => `${name} ${seconds.toFixed(1)} s`).join(", ")}.`,
    "",
  ].join("\n");
}

/** Names of the deployed hosts by the address at which they are contacted. */
function hostsByAddress(session: Session): Map<string, string> {
  return new Map((deployedHosts(session.files) ?? []).map(({ name, endpoint }) => [endpoint.host, name]));
}

/** Says outright when nothing was to be done. */
function changesLine({ changes, contacted }: Deployment, names: ReadonlyMap<string, string>): string {
  if (changes === undefined) return "";
  const { same, ...changed } = changes;
  const made = Object.entries(changed).filter(([, count]) => count > 0);
  const hosts = (contacted ?? []).map((address) => names.get(address) ?? address).sort();
  if (made.length === 0 && hosts.length === 0) {
    return `No changes: all ${same} resources are as they should be; no host was contacted.`;
  }
  const changesText = made.map(([kind, count]) => `${count} ${kind}`).join(", ");
  return `Changes: ${changesText || "none"}, ${same} same. Hosts contacted: ${hosts.join(", ") || "none"}.`;
}

function failureLines({ failed }: Deployment): string[] {
  return failed.map(({ name, message }) => `FAILED ${name}: ${message.split("\n")[0] ?? ""}`);
}
