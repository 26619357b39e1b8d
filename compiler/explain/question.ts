import type { DecidedStack } from "../check/stack";
import type { FleetModel, Policy, Port } from "../model";
import { unknownName } from "../validate/nearest";
import { parsePort } from "../validate/port";
import { FLEET, NETWORK_PREFIX } from "../words";

interface FlowSource {
  kind: "host" | "network";
  name: string;
}

export type Question =
  | { kind: "flow"; from: FlowSource; to: string; port: Port }
  | { kind: "login"; person: string; host: string };

/** A question, or what is wrong with it and what would be right. */
type Read<T> = T | { message: string };

/** Reads a question about a stack: a source, a host and a port, or a person and a host. */
export function readQuestion(
  from: string,
  to: string,
  port: string | undefined,
  { policy, model }: Pick<DecidedStack, "policy" | "model">,
): Read<Question> {
  const hosts = new Set(model.hosts.keys());
  const wrongHost = elsewhere(to, model) ?? unknown("host", to, hosts);
  if (port === undefined) {
    const hint = hosts.has(from) ? "; between hosts a port is needed as well, such as 5432/tcp" : "";
    const people = new Set([...policy.people.keys(), ...policy.serviceAccounts.keys()]);
    const wrongPerson = unknown("person", from, people);
    const message = wrongPerson === undefined ? wrongHost : wrongPerson + hint;
    return message === undefined ? { kind: "login", person: from, host: to } : { message };
  }
  const source = readFrom(from, new Set([...hosts, ...model.regionHosts.keys()]), policy);
  const parsed = parsePort(port);
  if ("message" in source) return source;
  if (wrongHost !== undefined) return { message: wrongHost };
  return "message" in parsed ? parsed : { kind: "flow", from: source, to, port: parsed.port };
}

function readFrom(text: string, hosts: ReadonlySet<string>, policy: Policy): Read<FlowSource> {
  if (!text.startsWith(NETWORK_PREFIX)) {
    const message = unknown("host", text, hosts);
    return message === undefined ? { kind: "host", name: text } : { message };
  }
  const name = text.slice(NETWORK_PREFIX.length);
  if (name === FLEET) return { message: "servers are no network: name a host" };
  const networks = [...policy.networks.keys()].filter((network) => network !== FLEET);
  const message = unknown("network", name, networks);
  return message === undefined ? { kind: "network", name } : { message };
}

function elsewhere(host: string, { regionHosts }: FleetModel): string | undefined {
  const known = regionHosts.get(host);
  return known === undefined
    ? undefined
    : `${host} is in another region: ask its own stack with --stack ${known.stack}`;
}

function unknown(kind: string, name: string, names: Iterable<string>): string | undefined {
  const known = new Set(names);
  return known.has(name) ? undefined : unknownName(kind, name, known);
}
