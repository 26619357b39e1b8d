import ipaddr from "ipaddr.js";
import type { DecidedStack } from "../../../compiler/check/stack";
import { decide } from "../../../compiler/decide/decide";
import { flows } from "../../../compiler/decide/flows";
import type { PolicyDraft } from "../../../compiler/load/policy";
import type { FleetModel, Inventory } from "../../../compiler/model";
import { NETWORKS, PORTS } from "./rulesets";
import { stackAfter, TODAY } from "./sample";

/*
 * What a policy amounts to, tried port by port and address by address: at least one of each kind that the rules of
 * `rulesets.ts` tell apart.
 */

const ADDRESSES = ["192.0.2.1", "203.0.113.1", "203.0.113.17", "203.0.113.70", "198.51.100.9"];
const PROBES = [
  ...[21, 22, 79, 80, 84, 85, 90, 91, 95, 96].flatMap((number) => [`${number}/tcp`, `${number}/udp`]),
  "icmp",
];

function takes(port: string, probe: string): boolean {
  const [[range = "", protocol], [number, wanted]] = [port.split("/"), probe.split("/")];
  if (protocol !== wanted) return false;
  const [first, last = first] = range.split("-").map(Number);
  return protocol === undefined || (Number(first) <= Number(number) && Number(number) <= Number(last));
}

/** The ports tried that are within one. */
export function probesIn(port: string): string[] {
  const known = probes.get(port) ?? PROBES.filter((probe) => takes(port, probe));
  probes.set(port, known);
  return known;
}

const probes = new Map(PORTS.map((port) => [port, PROBES.filter((probe) => takes(port, probe))]));

/** The addresses tried that are in one of these ranges, those of servers left out. */
export function addressesIn(ranges: readonly string[]): string[] {
  const inside = (address: string, list: readonly string[]) =>
    list.some((range) => ipaddr.parse(address).match(ipaddr.parseCIDR(range)));
  return ADDRESSES.filter((address) => !inside(address, NETWORKS.fleet) && inside(address, ranges));
}

const senders = new Map(
  Object.entries(NETWORKS).map(([name, ranges]) => [`net:${name}`, addressesIn(ranges)]),
);

/** A host, or the addresses tried of `net:NAME`. */
export function sendersOf(from: string): string[] {
  return senders.get(from) ?? [from];
}

/** Who reaches what, such as `h0 h1 80/tcp` and `192.0.2.1 h1 80/tcp`. */
export function flowEffects(model: FleetModel): Set<string> {
  const found = new Set<string>();
  for (const { from, to, port } of flows(model)) {
    for (const sender of sendersOf(from)) {
      for (const probe of probesIn(port)) found.add(`${sender} ${to} ${probe}`);
    }
  }
  return found;
}

/** A host as far as decisions go. */
export interface TestHost {
  name: string;
  groups: string[];
}

/** Everything that anybody may do: who reaches what, and each account with its teams and sudo. */
export function effects(
  { policy }: PolicyDraft,
  hosts: readonly TestHost[],
  { environment, today }: { environment: string; today: string },
): string[] {
  const fleet = { environment, hosts, isolated: [], failsafe: [], ipcomp: false };
  const model = decide(policy, fleet, today);
  const found = flowEffects(model);
  for (const host of model.hosts.values()) {
    for (const { person, teams, sudo } of host.accounts) {
      const names = teams.map(({ name }) => name).join();
      found.add(`${person.name} on ${host.name} with ${names} ${JSON.stringify(sudo)}`);
    }
    for (const { account, sudo } of host.services) {
      found.add(`${account.name} on ${host.name} with ${JSON.stringify(sudo)}`);
    }
  }
  return [...found].sort();
}

const someInventory = stackAfter().inventory;

/** A stack of these hosts. @param changes what else of its inventory is other than usual */
export function stackOf(
  { policy, sources }: PolicyDraft,
  hosts: readonly TestHost[],
  changes: Partial<Inventory> = {},
): DecidedStack {
  const inventory: Inventory = {
    ...someInventory,
    failsafe: [],
    ...changes,
    hosts: hosts.map((host) => ({ ...host, on: "aws", size: "t3.micro", public: false })),
  };
  return { policy, sources, inventory, siblings: [], model: decide(policy, inventory, TODAY) };
}
