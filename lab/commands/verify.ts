import Table from "cli-table3";
import { DeployedHost, deployedHosts, sshCommand } from "../deploy/deployed";
import { PROJECT, Session } from "../deploy/session";
import { stacksIn } from "../../compiler/read";
import { StackFiles } from "../deploy/stack-files";
import { DEPLOYER, Lab, STRANGER } from "../machine";
import { startCapture } from "../verify/capture";
import {
  endpoints,
  Outsider,
  Probe,
  probesBetweenHosts,
  probesFromOutside,
  probesToStrangers,
} from "../verify/expectation";
import { placeBehind } from "../verify/places";
import { openPorts, Place, Verdict, verify as tryAll } from "../verify/verify";
import { deployerKey, openContext, requireDeployed } from "./context";
import { join } from "node:path";

/** The lab's bridge, which every packet between hosts crosses. */
const BRIDGE = "br0";

/** Rows of a table that a person still reads. */
const SHOWN = 30;

/** The machine that deploys, which is in the office, and somebody on the internet. */
const OUTSIDERS: Outsider[] = [
  { name: "outside:deployer", address: DEPLOYER.ipv4 },
  { name: "outside:deployer", address: DEPLOYER.ipv6 },
  { name: "outside:internet", address: STRANGER.ipv4 },
  { name: "outside:internet", address: STRANGER.ipv6 },
];

/** Tries what the policy allows and what it does not, for real, and compares. */
export async function verify(options: { stack: string; json: boolean }): Promise<number> {
  const { lab, session, steps } = await openContext(options.stack);
  const hosts = requireDeployed(session);
  const places = placesOf(session, hosts);
  const book = new Map(hosts.map(({ name, addresses }) => [name, addresses]));
  const strangers = otherStacks(lab, session);
  const probes = [
    ...probesBetweenHosts(session.model, book),
    ...probesFromOutside(session.model, book, OUTSIDERS),
    ...probesToStrangers(
      session.model,
      new Map(
        strangers.flatMap(({ hosts: others, name }) =>
          others.map((host) => [`${name}/${host.name}`, host.addresses]),
        ),
      ),
    ),
  ];
  steps.progress(`trying ${probes.length} connections from ${hosts.length} hosts and from outside`);
  const closePorts = await openPorts(
    new Map([...places].filter(([name]) => book.has(name))),
    endpoints(session.model),
  );
  const verdict = await tryAll(places, probes, await startCapture([], BRIDGE), (probe) =>
    sourceOf(probe, book),
  ).finally(closePorts);
  process.stdout.write(options.json ? `${JSON.stringify(verdict, null, 2)}\n` : report(session, verdict));
  return verdict.wrong.length === 0 ? 0 : 1;
}

function placesOf(session: Session, hosts: DeployedHost[]): Map<string, Place> {
  const { keyFile } = deployerKey(session);
  const places = new Map(
    hosts.map((host) => {
      const prefix = sshCommand(session.files, host, { user: host.endpoint.user, keyFile }, { batch: true });
      const becomeRoot = host.endpoint.user === "root" ? [] : ["sudo", "-n"];
      return [host.name, placeBehind(host.name, [...prefix, ...becomeRoot], false)];
    }),
  );
  places.set("outside", placeBehind("outside", [], true));
  return places;
}

/** Hosts of the other environments' stacks that are up in this lab. */
function otherStacks(lab: Lab, session: Session): { name: string; hosts: DeployedHost[] }[] {
  return stacksIn(PROJECT)
    .filter((name) => name !== session.name)
    .map((name) => ({ name, hosts: deployedHosts(new StackFiles(join(lab.folder, "stacks", name))) ?? [] }));
}

function sourceOf(probe: Probe, book: ReadonlyMap<string, DeployedHost["addresses"]>): string | undefined {
  const addresses = book.get(probe.from);
  return probe.family === 6 ? addresses?.ipv6 : addresses?.ipv4?.address;
}

function report(session: Session, verdict: Verdict): string {
  const lines = [
    `${session.name}: ${verdict.checked} connections tried: ${verdict.allowed} allowed got through ` +
      `(${verdict.encrypted} of them as ESP, none in clear), ${verdict.denied} denied met silence, ${verdict.wrong.length} wrong`,
  ];
  if (verdict.wrong.length > 0) {
    const table = new Table({
      style: { head: [], border: [], compact: true },
      head: ["from", "to", "address", "port", "policy", "found"],
    });
    for (const { from, to, address, port, protocol, expected, outcome } of verdict.wrong.slice(0, SHOWN)) {
      table.push([from, to, address, `${port}/${protocol}`, expected, outcome]);
    }
    lines.push(table.toString());
    if (verdict.wrong.length > SHOWN)
      lines.push(`and ${verdict.wrong.length - SHOWN} more; --json has them all`);
  }
  return `${lines.join("\n")}\n`;
}
