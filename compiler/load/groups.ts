import type { Group, Port, Service, Source } from "../model";
import { compareText, sortedMap } from "../text";
import type { Cursor } from "../validate/cursor";
import { checkNotSourceWord } from "../validate/names";
import { quoted } from "../validate/nearest";
import { formatPort, parsePort } from "../validate/port";
import { ALL, FLEET, NETWORK_PREFIX } from "../words";
import { readGrant } from "./grant";
import { readLogin, readServiceGrant } from "./logins";
import { reference, type KnownNames } from "./names";

/** The server groups of groups.json; `all` is among them even if the file leaves it out. */
export function readGroups(document: Cursor, known: KnownNames): Map<string, Group> {
  const groups = new Map<string, Group>([
    [ALL, { name: ALL, services: [], logins: [], serviceAccounts: [] }],
  ]);
  for (const [name, cursor] of document.field("groups").entries()) {
    checkNotSourceWord(name, cursor);
    const services = cursor
      .field("services")
      .entries()
      .map(([service, body]) => readService(service, body, known));
    const logins = cursor
      .field("logins")
      .items()
      .flatMap((item) => readLogin(item, known) ?? []);
    const serviceAccounts = cursor
      .field("serviceAccounts")
      .items()
      .flatMap((item) => readServiceGrant(item, known) ?? []);
    services.sort((a, b) => compareText(a.name, b.name));
    groups.set(name, { name, services, logins, serviceAccounts });
  }
  return sortedMap(groups);
}

function readService(name: string, cursor: Cursor, known: KnownNames): Service {
  const ports = new Map<string, Port>();
  for (const item of cursor.field("ports").items()) {
    const port = readPort(item);
    if (port !== undefined) ports.set(formatPort(port), port);
  }
  const from = cursor
    .field("from")
    .items()
    .flatMap((item) => {
      const source = readSource(item, known);
      return source === undefined ? [] : [{ source, path: item.describe() }];
    });
  return { name, ports: [...ports.values()].sort(comparePorts), from, ...readGrant(cursor, known) };
}

function comparePorts(a: Port, b: Port): number {
  const rank = (port: Port) => (port.protocol === "icmp" ? 0 : port.first);
  return (
    compareText(a.protocol, b.protocol) || rank(a) - rank(b) || compareText(formatPort(a), formatPort(b))
  );
}

/** A port written at a cursor; otherwise says what is wrong with it. */
export function readPort(cursor: Cursor): Port | undefined {
  const text = cursor.text();
  if (text === undefined) return undefined;
  const parsed = parsePort(text);
  if ("port" in parsed) return parsed.port;
  cursor.error(parsed.message);
  return undefined;
}

function readSource(cursor: Cursor, known: KnownNames): Source | undefined {
  const text = cursor.text();
  if (text === undefined) return undefined;
  if (text === "self" || text === "any") return { kind: text };
  if (!text.startsWith(NETWORK_PREFIX)) {
    const group = readGroupSource(cursor, text, known);
    return group === undefined ? undefined : { kind: "group", group };
  }
  return readNetworkSource(cursor, text.slice(NETWORK_PREFIX.length), known);
}

function readGroupSource(cursor: Cursor, name: string, known: KnownNames): string | undefined {
  if (known.groups?.has(name) === true) return name;
  if (known.groups !== undefined && known.networks?.has(name) === true) {
    cursor.error(`${quoted(name)} is a network, and no group; write ${quoted(NETWORK_PREFIX + name)}`);
    return undefined;
  }
  const groups = known.groups && new Set([...known.groups, ALL, "self", "any"]);
  return reference(cursor, "group", groups);
}

/** A network source; `net:fleet` would be traffic between servers without IPsec. */
export function readNetworkSource(
  cursor: Cursor,
  name: string,
  known: KnownNames,
): Extract<Source, { kind: "network" }> | undefined {
  if (name === FLEET) {
    cursor.error(`servers are no network: write "any" for every host of the environment, or name a group`);
    return undefined;
  }
  if (known.networks?.has(name) === false) {
    const networks = [...known.networks].filter((network) => network !== FLEET);
    reference(cursor, "network", new Set(networks.map((network) => NETWORK_PREFIX + network)));
    return undefined;
  }
  return { kind: "network", network: name };
}
