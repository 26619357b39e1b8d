import type { EngineEvent } from "@pulumi/pulumi/automation";
import { sortedUnique } from "../../compiler/text";
import { nameOf, stepOf } from "../display/step";
import { changesIn, type Changes } from "../display/summary";
import { hostCommandOf } from "./host-command";

/** What failed, with the reason. */
export interface Failure {
  name: string;
  message: string;
}

/** What a run's events come to. */
export class Outcome {
  changes: Changes | undefined;
  private readonly messages = new Map<string, string>();
  private readonly failing = new Set<string>();
  private readonly pushed = new Set<string>();
  private readonly refused: Failure[] = [];

  take(event: EngineEvent): void {
    const step = stepOf(event);
    if (event.resOpFailedEvent !== undefined && step !== undefined) this.failing.add(step.urn);
    const command = hostCommandOf(event);
    if (command?.isRun === true) this.pushed.add(command.host);
    if (event.summaryEvent !== undefined) this.changes = changesIn(event.summaryEvent);
    const { diagnosticEvent, policyEvent } = event;
    if (diagnosticEvent?.severity === "error")
      this.complain(diagnosticEvent.urn ?? "", diagnosticEvent.message);
    if (policyEvent?.enforcementLevel === "mandatory") {
      const { policyName, resourceUrn = "", message } = policyEvent;
      this.refused.push({ name: nameOf(resourceUrn), message: `guardrail ${policyName}: ${message.trim()}` });
    }
  }

  private complain(urn: string, message: string): void {
    const before = this.messages.get(urn);
    this.messages.set(urn, before === undefined ? message.trim() : `${before}\n${message.trim()}`);
  }

  /** Resources that failed, and what the guardrails refused; `stack` names what is no resource's. */
  failed(stack: string): Failure[] {
    const urns = [...this.messages.keys(), ...[...this.failing].filter((urn) => !this.messages.has(urn))];
    const named = (urn: string): string => (/::pulumi:pulumi:Stack::|^$/.test(urn) ? stack : nameOf(urn));
    return [
      ...urns.map((urn) => ({ name: named(urn), message: this.messages.get(urn) ?? "it failed" })),
      ...this.refused,
    ];
  }

  /** Names of hosts to which something was pushed, or tried to be, sorted. */
  get hosts(): string[] {
    return sortedUnique([...this.pushed]);
  }
}
