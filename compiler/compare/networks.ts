import type { Network, Port } from "../model";
import { piecesOf, takesPort, type Rule } from "../rules/admits";
import { formatPort } from "../validate/port";
import { NETWORK_PREFIX } from "../words";
import type { Change } from "./change";
import { Gathered, type HostClass } from "./classes";
import { cidrsOf, isEmpty, minus, outsideOf, portsWithout, union, type Addresses } from "./ranges";

/** The networks that hold servers, on this side and on the other. */
export interface Fleets {
  own: Network;
  other: Network;
}

type Opened = Omit<Extract<Change, { kind: "network" }>, "kind" | "to"> & { group: string };

/** What networks reach on this side alone. */
export function networksBeyond(classes: readonly HostClass[], fleets: Fleets): Change[] {
  const found = new Gathered<Opened>();
  for (const target of classes) {
    for (const opened of openedTo(target, fleets)) found.add(opened, target.hosts);
  }
  return found.sorted().map(({ value: { group, ...opened }, hosts }) => ({
    kind: "network",
    ...opened,
    to: { group, hosts },
  }));
}

function openedTo(target: HostClass, fleets: Fleets): Opened[] {
  const all = [...target.rules, ...target.otherRules];
  const open = new Map<string, Addresses>();
  return target.rules.flatMap((rule) => {
    const { accept, origin } = rule;
    if (origin.kind !== "network") return [];
    const outside = outsideOf(origin.network, fleets.own);
    const parts = new Map<string, { ports: Port[]; fresh: Addresses }>();
    for (const piece of accept.ports.flatMap((port) => piecesOf(port, all))) {
      const known = open.get(formatPort(piece)) ?? admitted(piece, target.otherRules, fleets.other);
      const fresh = minus(outside, known);
      open.set(formatPort(piece), union([known, fresh]));
      if (isEmpty(fresh)) continue;
      const key = cidrsOf(fresh).join(" ");
      parts.set(key, { fresh, ports: [...(parts.get(key)?.ports ?? []), piece] });
    }
    return [...parts.values()].flatMap(({ ports, fresh }) =>
      portsWithout(ports, []).map((port) => ({
        from: NETWORK_PREFIX + origin.network.name,
        group: accept.group,
        service: `${accept.group}.${accept.service}`,
        port: formatPort(port),
        ranges: cidrsOf(fresh),
        except: cidrsOf(minus(outside, fresh)),
      })),
    );
  });
}

/** The addresses that rules let in on a piece of a port. */
function admitted(piece: Port, rules: readonly Rule[], fleet: Network): Addresses {
  return union(
    rules.flatMap(({ accept, origin }) =>
      origin.kind === "network" && takesPort(accept.ports, piece) ? [outsideOf(origin.network, fleet)] : [],
    ),
  );
}
