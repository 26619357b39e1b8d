import { sourceText } from "../decide/accepts";
import type { Group, PolicyPath, Service, Source } from "../model";
import { formatPort } from "../validate/port";
import { portsOverlap, takesPort } from "./admits";
import type { Ends } from "./between";
import { whyNot, type RuleContext } from "./context";

/** What keeps a service from allowing something: `holds only in prod`, `is on 5432/tcp`, `is from app, self`. */
export interface Lack {
  what: "grant" | "port" | "source";
  text: string;
}

/** A service that comes near to allowing something. */
export interface NearService {
  path: PolicyPath;
  service: Service;
  /** Empty where it lacks nothing by itself. */
  lacks: Lack[];
}

interface Near extends NearService {
  /** 2 for the port, 1 for the source. */
  closeness: number;
}

/** The service that comes nearest to allowing something, the first of equals; undefined if none is near. */
export function nearestService(ends: Ends, context: RuleContext): NearService | undefined {
  let best: Near | undefined;
  for (const name of ends.to) {
    const group = context.policy.groups.get(name);
    for (const service of group?.services ?? []) {
      const near = group === undefined ? undefined : compare(group, service, ends, context);
      if (near !== undefined && near.closeness > (best?.closeness ?? 0)) best = near;
    }
  }
  return best;
}

function compare(group: Group, service: Service, ends: Ends, context: RuleContext): Near {
  const overlaps = service.ports.some((own) => portsOverlap(own, ends.port));
  const isFrom = service.from.some(({ source }) => matches(source, group.name, ends));
  const lacks: Lack[] = [];
  const bound = whyNot(service, context);
  if (bound !== undefined) lacks.push({ what: "grant", text: bound });
  if (!takesPort(service.ports, ends.port))
    lacks.push({ what: "port", text: `is on ${service.ports.map(formatPort).join(", ")}` });
  if (!isFrom)
    lacks.push({
      what: "source",
      text: `is from ${service.from.map(({ source }) => sourceText(source)).join(", ")}`,
    });
  return {
    closeness: (overlaps ? 2 : 0) + (isFrom ? 1 : 0),
    path: `groups.${group.name}.services.${service.name}`,
    service,
    lacks,
  };
}

function matches(source: Source, self: string, { from }: Ends): boolean {
  if (source.kind === "network") return from.kind === "network" && from.network === source.network;
  if (from.kind === "network") return false;
  switch (source.kind) {
    case "any":
      return true;
    case "self":
      return from.groups.has(self);
    case "group":
      return from.groups.has(source.group);
    default: {
      const exhaustive: never = source;
      return exhaustive;
    }
  }
}
