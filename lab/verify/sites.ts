import type { Addresses } from "../../compiler/model";
import type { DeployedHost } from "../../fleet/hosts";
import { sshCommand } from "../../fleet/ssh";
import { deployedHosts } from "../deploy/deployed";
import type { Session } from "../deploy/session";
import { probesBetweenHosts, probesFromOutside, probesToStrangers } from "./expectation";
import type { Outsider, Probe, Site } from "./expectation";
import { placeBehind } from "./places";
import type { Place } from "./verify";

/** A stack that is up in the lab and is to be verified. */
export interface DeployedStack {
  session: Session;
  hosts: DeployedHost[];
  /** File of the key that logs in as root. */
  keyFile: string;
}

/** Stacks together, as `verify` tries them. Where there are several, a host is called `STACK/HOST`. */
export function sitesOf(stacks: readonly DeployedStack[]): Site[] {
  return stacks.map(({ session, hosts }) => ({
    stack: session.name,
    model: session.model,
    book: new Map(hosts.map(({ name, addresses }) => [name, addresses])),
    regionStacks: session.inventory.regionStacks,
    label: (host) => (stacks.length === 1 ? host : `${session.name}/${host}`),
  }));
}

/** All that is to be tried. Hosts of one environment's stacks meet as the policy lets them, others never. */
export function allProbes(
  sites: readonly Site[],
  outsiders: Outsider[],
  strangers: ReadonlyMap<string, ReadonlyMap<string, Addresses>>,
): Probe[] {
  return sites.flatMap((site) => [
    ...sites
      .filter((other) => other.model.environment === site.model.environment)
      .flatMap((other) => [...probesBetweenHosts(site, other)]),
    ...probesFromOutside(site, outsiders),
    ...[...strangers]
      .filter(([environment]) => environment !== site.model.environment)
      .flatMap(([, hosts]) => [...probesToStrangers(site, hosts)]),
  ]);
}

/** Where to log in to each host, by what it is called. */
export function placesOf(stacks: readonly DeployedStack[], sites: readonly Site[]): Map<string, Place> {
  return new Map(
    stacks.flatMap(({ session, hosts, keyFile }, index) =>
      hosts.map((host) => {
        const login = { user: host.endpoint.user, keyFile };
        const prefix = sshCommand(session.files, host, login, { batch: true });
        const becomeRoot = host.endpoint.user === "root" ? [] : ["sudo", "-n"];
        const name = sites[index]?.label(host.name) ?? host.name;
        return [name, placeBehind(name, [...prefix, ...becomeRoot], false)] as const;
      }),
    ),
  );
}

/** The hosts of every stack that is up, by environment and by what they are called. */
export function hostsByEnvironment(sessions: readonly Session[]): Map<string, Map<string, Addresses>> {
  const environments = new Map<string, Map<string, Addresses>>();
  for (const { name: stack, inventory, files } of sessions) {
    const hosts = environments.get(inventory.environment) ?? new Map<string, Addresses>();
    for (const { name, addresses } of deployedHosts(files) ?? []) hosts.set(`${stack}/${name}`, addresses);
    environments.set(inventory.environment, hosts);
  }
  return environments;
}
