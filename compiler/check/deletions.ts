import type { PolicySources } from "../load/policy";
import type { Group, PolicyPath, Port, Service } from "../model";
import { placeOf, type Place } from "../rules/place";
import { describeRule, rulesOf, type WrittenRule } from "../rules/written";
import type { Source } from "../source/source";
import { Cursor } from "../validate/cursor";
import { formatPort, parsePort } from "../validate/port";
import { Report } from "../validate/report";

/** An entry of groups.json, and what it gives: `app on 5432/tcp`, `443/tcp`, `team sre`. */
export interface GivingEntry extends Place {
  gives: string;
}

/** One entry that could be deleted from groups.json: a source or a port of a service, or a login. */
export interface Deletion {
  entry: GivingEntry;
  /** Those of the service that loses something; absent for a login. */
  ports?: readonly Port[];
  /** The group without it. */
  rest: Group;
}

/**
 * Every deletion from a group that a test could notice. A service's only port goes with its sources, and is none of
 * its own; of service accounts no test speaks.
 */
export function deletionsIn(group: Group, sources: PolicySources): Deletion[] {
  return [
    ...rulesOf(group).flatMap((rule) => {
      const rest = withoutRule(group, rule);
      if (rest === undefined) return [];
      const ports = rule.kind === "source" ? { ports: rule.grant.ports } : {};
      return [{ entry: { ...placeOf(sources, rule.path), gives: describeRule(rule) }, rest, ...ports }];
    }),
    ...group.services.filter(({ ports }) => ports.length > 1).flatMap((service) => portsOf(service)),
  ];

  function portsOf(service: Service): Deletion[] {
    return service.ports.map((port) => ({
      entry: {
        ...placeOf(sources, portPath(group, service, port, sources.get("groups"))),
        gives: formatPort(port),
      },
      rest: withService(group, { ...service, ports: service.ports.filter((other) => other !== port) }),
      ports: service.ports,
    }));
  }
}

function withoutRule(group: Group, rule: WrittenRule): Group | undefined {
  const stays = ({ path }: { path: PolicyPath }) => path !== rule.path;
  switch (rule.kind) {
    case "source":
      return withService(group, { ...rule.grant, from: rule.grant.from.filter(stays) });
    case "login":
      return { ...group, logins: group.logins.filter(stays) };
    case "account":
      return undefined;
    default: {
      const exhaustive: never = rule;
      return exhaustive;
    }
  }
}

function withService(group: Group, changed: Service): Group {
  return {
    ...group,
    services: group.services.map((service) => (service.name === changed.name ? changed : service)),
  };
}

/** Where a port is written; the model keeps ports sorted, and not where each was. */
function portPath(group: Group, service: Service, port: Port, source: Source | undefined): PolicyPath {
  const path = `groups.${group.name}.services.${service.name}.ports`;
  if (source === undefined) return path;
  const items = new Cursor(new Report(), source, source.value)
    .field("groups")
    .field(group.name)
    .field("services")
    .field(service.name)
    .field("ports")
    .items();
  const written = items.find((item) => {
    const parsed = parsePort(item.text() ?? "");
    return "port" in parsed && formatPort(parsed.port) === formatPort(port);
  });
  return written?.describe() ?? path;
}
