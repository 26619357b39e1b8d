import Table from "cli-table3";
import { uniqBy } from "lodash";
import { deployedHosts } from "../deploy/deployed";
import { openSessions } from "../deploy/session";
import { BRIDGES, DEPLOYER, openLab, STRANGER } from "../machine";
import { startCapture } from "../verify/capture";
import { endpoints, Outsider, Probe, Site } from "../verify/expectation";
import { placeBehind } from "../verify/places";
import { allProbes, hostsByEnvironment, placesOf, sitesOf } from "../verify/sites";
import { openPorts, Verdict, verify as tryAll } from "../verify/verify";
import { deployerKey, openContexts, requireDeployed } from "./context";

/** Rows of a table that a person still reads. */
const SHOWN = 30;

/** The machine that deploys, which is in the office, and somebody on the internet. */
const OUTSIDERS: Outsider[] = [
  { name: "outside:deployer", address: DEPLOYER.ipv4 },
  { name: "outside:deployer", address: DEPLOYER.ipv6 },
  { name: "outside:internet", address: STRANGER.ipv4 },
  { name: "outside:internet", address: STRANGER.ipv6 },
];

/**
 * Tries what the policy allows and what it does not, for real, and compares.
 * @param options.stacks those whose hosts are tried, together; all that are up where it is `all`
 */
export async function verify(options: { stacks: string[] | "all"; json: boolean }): Promise<number> {
  const known = openSessions(openLab().folder);
  const up = known.filter(({ files }) => deployedHosts(files) !== undefined);
  const names = options.stacks === "all" ? up.map(({ name }) => name) : options.stacks;
  const { sessions, steps } = await openContexts(names);
  const stacks = sessions.map((session) => ({
    session,
    hosts: requireDeployed(session),
    keyFile: deployerKey(session).keyFile,
  }));
  const sites = sitesOf(stacks);
  const hosts = placesOf(stacks, sites);
  const probes = allProbes(sites, OUTSIDERS, hostsByEnvironment(up));
  steps.progress(`trying ${probes.length} connections from ${hosts.size} hosts and from outside`);
  const ports = uniqBy(
    sites.flatMap(({ model }) => endpoints(model)),
    ({ protocol, port }) => `${protocol}:${port}`,
  );
  const closePorts = await openPorts(hosts, ports);
  const places = new Map([...hosts, ["outside", placeBehind("outside", [], true)]]);
  const capture = await startCapture(Object.values(BRIDGES));
  const verdict = await tryAll(places, probes, capture, sourceAddresses(sites)).finally(closePorts);
  const title = names.join(", ");
  process.stdout.write(options.json ? `${JSON.stringify(verdict, null, 2)}\n` : report(title, verdict));
  return verdict.wrong.length === 0 ? 0 : 1;
}

/** Gives the address from which a host makes an attempt. */
function sourceAddresses(sites: readonly Site[]): (probe: Probe) => string | undefined {
  const book = new Map(
    sites.flatMap((site) => [...site.book].map(([name, addresses]) => [site.label(name), addresses])),
  );
  return ({ from, family }) => {
    const addresses = book.get(from);
    return family === 6 ? addresses?.ipv6 : addresses?.ipv4?.address;
  };
}

function report(title: string, verdict: Verdict): string {
  const lines = [
    `${title}: ${verdict.checked} connections tried: ${verdict.allowed} allowed got through ` +
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
