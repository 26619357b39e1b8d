import type { DecidedStack } from "../compiler/check/stack";
import type { Accept, Origin } from "../compiler/model";
import { placeOf } from "../compiler/rules/place";
import { parsePath } from "../compiler/source/source";
import { compareText } from "../compiler/text";
import { formatPort } from "../compiler/validate/port";
import { NETWORK_PREFIX } from "../compiler/words";
import type { RuleFlow } from "./graph";

/** Every rule that joins hosts of a stack, or a network and such hosts; by from, to, service and path. */
export function ruleFlows(stack: DecidedStack): RuleFlow[] {
  const found: RuleFlow[] = [];
  for (const { name, members, accepts } of stack.model.groups.values()) {
    for (const accept of accepts) {
      for (const origin of accept.origins) {
        if (joins(origin, members)) found.push(ruleFlow(name, members, accept, origin, stack));
      }
    }
  }
  return found.sort(
    (a, b) =>
      compareText(a.from, b.from) ||
      compareText(a.to, b.to) ||
      compareText(a.service, b.service) ||
      compareText(a.path, b.path),
  );
}

/** A host that is alone on both sides reaches nobody by this rule. */
function joins(origin: Origin, members: readonly string[]): boolean {
  const [only] = members;
  if (only === undefined) return false;
  if (origin.kind === "network") return true;
  return origin.hosts.some((host) => host !== only || members.length > 1);
}

function ruleFlow(
  to: string,
  members: readonly string[],
  accept: Accept,
  origin: Origin,
  { sources }: DecidedStack,
): RuleFlow {
  const network = origin.kind === "network";
  const description = descriptionAt(sources, `groups.${to}.services.${accept.service}`);
  return {
    from: network ? NETWORK_PREFIX + origin.network.name : origin.group,
    to,
    service: `${to}.${accept.service}`,
    ports: accept.ports.map(formatPort),
    ipsec: !network,
    ...placeOf(sources, origin.path),
    ...(description === undefined ? {} : { description }),
    hosts: { from: network ? [] : origin.hosts, to: members },
  };
}

/** What groups.json says in `description` at a path; undefined where it says nothing. */
export function descriptionAt(sources: DecidedStack["sources"], path: string): string | undefined {
  const step = (value: unknown, key: string | number): unknown =>
    typeof value === "object" && value !== null && Object.hasOwn(value, key)
      ? Reflect.get(value, key)
      : undefined;
  const found = [...parsePath(path), "description"].reduce(step, sources.get("groups")?.value);
  return typeof found === "string" && found !== "" ? found : undefined;
}
