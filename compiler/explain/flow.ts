import type { Port, Service } from "../model";
import { isCovered, piecesOf, portsOverlap, takesPort, touches, type Rule } from "../rules/admits";
import { blocksFrom, isOpen, rulesBetween, type Ends } from "../rules/between";
import type { RuleContext } from "../rules/context";
import { nearestService, type Lack, type NearService } from "../rules/nearest-service";
import { placeOf } from "../rules/place";
import { sourceText } from "../decide/accepts";
import { enumerate } from "../text";
import { formatPort } from "../validate/port";
import { NETWORK_PREFIX } from "../words";
import type { FlowAnswer, Nearest, Reason, Verdict } from "./answer";
import { failsafeReach, SSH } from "./failsafe";
import { conditionsOf, tellingGroups } from "./grant";
import type { Question } from "./question";

type FlowQuestion = Extract<Question, { kind: "flow" }>;

/** Whether a host, or a network, may reach a port of a host, and by which rules. */
export function explainFlow(question: FlowQuestion, context: RuleContext): FlowAnswer {
  const { from, to, port } = question;
  const ends = endsOf(question, context);
  const rules = rulesBetween(ends, context.model);
  const taking = (piece: Port) => rules.filter((rule) => takesPort(rule.accept.ports, piece));
  const pieces = piecesOf(port, rules);
  const closed = pieces.filter((piece) => !isOpen(ends.from, taking(piece), context));
  const letting = lettingIn(ends.from, [...new Set(pieces.flatMap(taking))], context);
  const whole = closed.length === 0;
  const byPolicy: Verdict = whole ? "allowed" : letting.length > 0 ? "partly" : "denied";
  const near = letting.length > 0 ? undefined : nearestService(ends, context);
  const own = ownWay(question, byPolicy, context);
  return {
    question: "flow",
    from: from.kind === "host" ? from.name : NETWORK_PREFIX + from.name,
    to,
    port: formatPort(port),
    ipsec: from.kind === "host" && from.name !== to,
    environment: context.occasion.environment,
    verdict: own.verdict,
    closed: own.verdict === "partly" && pieces.length > 1 ? closed.map(formatPort) : [],
    rules: letting.map((rule) => reason(rule, question, context)),
    ...(near === undefined || own.verdict !== "denied" ? {} : { nearest: nearest(near, question, context) }),
    notes: own.notes,
  };
}

function groupsOf(host: string, { model }: RuleContext): string[] {
  return tellingGroups((model.hosts.get(host) ?? model.regionHosts.get(host))?.groups ?? []);
}

function endsOf({ from, to, port }: FlowQuestion, context: RuleContext): Ends {
  return {
    from:
      from.kind === "host"
        ? { kind: "hosts", groups: new Set(groupsOf(from.name, context)) }
        : { kind: "network", network: from.name },
    to: new Set(groupsOf(to, context)),
    port,
  };
}

/** Of rules that take the port, those that admit some of the source. */
function lettingIn(from: Ends["from"], rules: readonly Rule[], context: RuleContext): Rule[] {
  if (from.kind === "hosts") return [...rules];
  const blocks = blocksFrom(from.network, context);
  return rules.filter(
    ({ origin }) => origin.kind === "network" && blocks.some((block) => touches(origin.network, block)),
  );
}

/** What decides beside the policy: a host's own loopback, isolation, and the failsafe. */
function ownWay(
  { from, to, port }: FlowQuestion,
  byPolicy: Verdict,
  context: RuleContext,
): { verdict: Verdict; notes: string[] } {
  if (from.kind === "host" && from.name === to)
    return { verdict: "allowed", notes: ["a host reaches itself, whatever the policy says"] };
  const ends = from.kind === "host" ? [from.name, to] : [to];
  const { hosts, regionHosts } = context.model;
  const isolated = ends.filter((host) => (hosts.get(host) ?? regionHosts.get(host))?.isolated === true);
  const notes = isolated.map((host) => `${host} is isolated (palisade:isolated): it keeps only the failsafe`);
  const verdict = isolated.length > 0 ? "denied" : byPolicy;
  if (from.kind === "host") return { verdict, notes };
  const reach = failsafeReach(from.name, port, context);
  if (reach === "none") return { verdict, notes };
  const note = `the failsafe (palisade:failsafe) reaches 22/tcp on every host, and holds ${reach === "whole" ? "all" : "some"} of net:${from.name}`;
  const widened = reach === "whole" && takesPort([SSH], port);
  const partly = verdict === "denied" ? "partly" : verdict;
  return { verdict: widened ? "allowed" : partly, notes: [...notes, note] };
}

function reason({ accept, origin }: Rule, { from, to }: FlowQuestion, context: RuleContext): Reason {
  const service = context.policy.groups
    .get(accept.group)
    ?.services.find(({ name }) => name === accept.service);
  return {
    ...placeOf(context.sources, origin.path),
    gives: `${accept.group}.${accept.service} admits ${origin.written} on ${accept.ports.map(formatPort).join(", ")}`,
    through: [...throughSource(), `${to} is in ${accept.group}`],
    conditions: service === undefined ? [] : conditionsOf(service),
  };

  function throughSource(): string[] {
    if (origin.kind === "group") return [`${from.name} is in ${origin.group}`];
    if (origin.network.name === from.name) return [];
    const blocks = blocksFrom(from.name, context);
    const whole = blocks.every((block) => isCovered(block, [origin.network]));
    return [`${whole ? "" : "some of "}net:${from.name} is in net:${origin.network.name}`];
  }
}

function nearest(
  { path, service, lacks }: NearService,
  question: FlowQuestion,
  context: RuleContext,
): Nearest {
  const sources = service.from.map(({ source }) => sourceText(source));
  return {
    ...placeOf(context.sources, path),
    gives: `admits ${enumerate(sources)} on ${service.ports.map(formatPort).join(", ")}`,
    lacks: lacks.map((lack) => wordLack(lack, service, question, context)),
  };
}

function wordLack(
  lack: Lack,
  { ports }: Service,
  { from, port }: FlowQuestion,
  context: RuleContext,
): string {
  switch (lack.what) {
    case "grant":
      return `it ${lack.text}`;
    case "port": {
      const some = ports.some((own) => portsOverlap(own, port));
      return `${formatPort(port)} is not ${some ? "wholly " : ""}among its ports`;
    }
    case "source":
      return from.kind === "host"
        ? `${from.name} is in ${enumerate(ownGroups(from.name, context))}`
        : `net:${from.name} is none of these`;
    default: {
      const exhaustive: never = lack.what;
      return exhaustive;
    }
  }
}

/** A host's groups without "all", unless there is no other. */
function ownGroups(host: string, context: RuleContext): string[] {
  const groups = groupsOf(host, context);
  return groups.length > 1 ? groups.slice(0, -1) : groups;
}
