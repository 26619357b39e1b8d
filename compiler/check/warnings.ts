import type { Stack } from "../load/stack";
import type { Grant, Network, PolicyPath, Port, Service } from "../model";
import type { Problem } from "../problem";
import { sortedUnique } from "../text";
import { formatPort } from "../validate/port";
import { ALL } from "../words";
import { problemIn } from "../rules/place";

/** How long before its end a grant is warned of, in days. */
const SOON = 14;
const DAY = 24 * 60 * 60 * 1000;

/** http and https, and https over QUIC (RFC 9114). */
const WEB_PORTS = new Set(["80/tcp", "443/tcp", "443/udp"]);

type Warn = (kind: "groups" | "people", path: PolicyPath, message: string, part?: "key" | "value") => void;

/** What is suspicious in a policy, whatever stack it is for. @param today ISO date */
export function policyWarnings({ policy, sources }: Stack, today: string): Problem[] {
  const problems: Problem[] = [];
  const warn: Warn = (kind, path, message, part = "value") =>
    problems.push(problemIn(sources, kind, path, message, { severity: "warning", part }));
  warnOfPeople(policy, warn);
  warnOfServiceAccounts(policy, warn);
  for (const group of policy.groups.values()) {
    for (const service of group.services) {
      const path = `groups.${group.name}.services.${service.name}`;
      warnOfEnd(service, path, today, warn);
      warnOfInternet(service, policy.networks, today, warn);
    }
    for (const grant of [...group.logins, ...group.serviceAccounts])
      warnOfEnd(grant, grant.path, today, warn);
  }
  return problems;
}

function warnOfPeople({ teams, people }: Stack["policy"], warn: Warn): void {
  const used = new Set([...people.values()].flatMap((person) => person.teams));
  for (const team of teams.keys()) {
    if (!used.has(team)) warn("people", `teams.${team}`, "nobody is in this team", "key");
  }
  for (const person of people.values()) {
    if (person.keys.length > 0) continue;
    warn("people", `people.${person.name}.keys`, `"${person.name}" has no key, and can log in nowhere`);
  }
}

function warnOfServiceAccounts({ groups, serviceAccounts }: Stack["policy"], warn: Warn): void {
  const used = new Set(
    [...groups.values()].flatMap((group) => group.serviceAccounts.map(({ account }) => account)),
  );
  for (const name of serviceAccounts.keys()) {
    if (!used.has(name))
      warn("people", `serviceAccounts.${name}`, "no group has this service account", "key");
  }
}

function warnOfEnd({ until }: Grant, path: PolicyPath, today: string, warn: Warn): void {
  if (until === undefined) return;
  const days = (Date.parse(until) - Date.parse(today)) / DAY;
  if (days <= 0) warn("groups", `${path}.until`, `this ended on ${until}, and can be deleted`);
  else if (days <= SOON) {
    warn("groups", `${path}.until`, `this ends on ${until}, ${days === 1 ? "tomorrow" : `in ${days} days`}`);
  }
}

function warnOfInternet(
  service: Service,
  networks: ReadonlyMap<string, Network>,
  today: string,
  warn: Warn,
): void {
  const ports = service.ports.filter(isUnusual).map(formatPort);
  if (ports.length === 0 || (service.until !== undefined && service.until <= today)) return;
  for (const { source, path } of service.from) {
    const network = source.kind === "network" ? networks.get(source.network) : undefined;
    if (network === undefined || !isInternet(network)) continue;
    warn("groups", path, `open to the whole internet: ${ports.join(", ")}; usually only http and https are`);
  }
}

/** ICMP is no port, and ping from anywhere is usual. */
function isUnusual(port: Port): boolean {
  return port.protocol !== "icmp" && !WEB_PORTS.has(formatPort(port));
}

function isInternet({ ipv4, ipv6 }: Network): boolean {
  return [...ipv4, ...ipv6].some((range) => range.endsWith("/0"));
}

/** Groups that no host of these stacks is in, of each policy that they have. */
export function unusedGroups(stacks: readonly (Stack & { name: string })[]): Problem[] {
  return stacks.flatMap(({ policy, sources }) => {
    const file = sources.get("groups")?.file;
    const sharing = stacks.filter((other) => other.sources.get("groups")?.file === file);
    const used = new Set(sharing.flatMap(({ inventory }) => inventory.hosts.flatMap((host) => host.groups)));
    const names = sortedUnique(sharing.map((stack) => stack.name)).join(", ");
    return [...policy.groups.keys()]
      .filter((group) => group !== ALL && !used.has(group))
      .map((group) =>
        problemIn(sources, "groups", `groups.${group}`, `no host of ${names} is in this group`, {
          severity: "warning",
          part: "key",
        }),
      );
  });
}
