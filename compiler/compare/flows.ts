import type { Port } from "../model";
import { formatPort } from "../validate/port";
import type { Change } from "./change";
import { Gathered, type HostClass } from "./classes";
import { portsWithout } from "./ranges";

/** A rule, and a part of its ports, by which something is open on one side alone. */
interface Opened {
  from: string;
  to: string;
  service: string;
  port: string;
}

/** Flows between hosts that only this side has. */
export function flowsBeyond(classes: readonly HostClass[]): Change[] {
  const pairs = new Gathered<{ opened: Opened; target: number }>();
  classes.forEach((to, target) => {
    for (const from of classes) {
      if (from === to && to.hosts.length < 2) continue;
      for (const opened of openedBetween(from, to)) pairs.add({ opened, target }, from.hosts);
    }
  });
  const flows = new Gathered<{ opened: Opened; hosts: string[] }>();
  for (const { value, hosts } of pairs.sorted()) {
    flows.add({ opened: value.opened, hosts }, classes[value.target]?.hosts ?? []);
  }
  return flows.sorted().map(({ value: { opened, hosts: sources }, hosts }) => ({
    kind: "flow",
    from: { group: opened.from, hosts: sources },
    to: { group: opened.to, hosts },
    service: opened.service,
    port: opened.port,
  }));
}

function openedBetween(from: HostClass, to: HostClass): Opened[] {
  const open: Port[] = to.otherRules.flatMap(({ accept, origin }) =>
    origin.kind === "group" && from.others.has(origin.group) ? accept.ports : [],
  );
  return to.rules.flatMap(({ accept, origin }) => {
    if (origin.kind !== "group" || !from.groups.has(origin.group)) return [];
    const fresh = portsWithout(accept.ports, open);
    open.push(...fresh);
    const service = `${accept.group}.${accept.service}`;
    return fresh.map((port) => ({ from: origin.group, to: accept.group, service, port: formatPort(port) }));
  });
}
