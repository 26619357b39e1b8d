import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation";

/** A secret and an unknown as the engine marks them in events. */
export const SECRET = {
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  ciphertext: "[secret]",
};
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const urnOf = (type: string, name: string): string => `urn:pulumi:dev::palisade::${type}::${name}`;

export interface Turn {
  op: StepEventMetadata["op"];
  name: string;
  type?: string;
  /** Name of the component above it. */
  parent?: string;
  old?: Record<string, unknown>;
  new?: Record<string, unknown>;
  diffs?: string[];
}

function metadata({
  op,
  name,
  type = "command:remote:Command",
  parent = "web-1",
  ...rest
}: Turn): StepEventMetadata {
  const urn = urnOf(type, name);
  const state = (inputs: Record<string, unknown> | undefined) =>
    inputs && {
      ...{ type, urn, id: "1", inputs, outputs: inputs, provider: "" },
      parent: urnOf("palisade:index:HostConfig", parent),
    };
  return {
    ...{ op, urn, type, provider: "" },
    ...(rest.old === undefined ? {} : { old: state(rest.old) }),
    new: state(rest.new ?? {}),
    ...(rest.diffs === undefined ? {} : { diffs: rest.diffs }),
  };
}

const event = (part: Partial<EngineEvent>): EngineEvent => ({ sequence: 0, timestamp: 0, ...part });

export const begun = (turn: Turn, planning = false): EngineEvent =>
  event({ resourcePreEvent: { metadata: metadata(turn), planning } });
export const done = (turn: Turn): EngineEvent => event({ resOutputsEvent: { metadata: metadata(turn) } });
export const failed = (turn: Turn): EngineEvent =>
  event({ resOpFailedEvent: { metadata: metadata(turn), status: 1, steps: 0 } });
export const said = (
  severity: string,
  message: string,
  { name, ephemeral = false }: { name?: string; ephemeral?: boolean } = {},
): EngineEvent =>
  event({
    diagnosticEvent: {
      ...{ severity: severity as "info", message, color: "never", ephemeral },
      ...(name === undefined ? {} : { urn: urnOf("command:remote:Command", name) }),
    },
  });
export const refused = (name: string, policyName: string, message: string): EngineEvent =>
  event({
    policyEvent: {
      ...{ resourceUrn: urnOf("aws:ec2/instance:Instance", name), message, policyName, color: "never" },
      ...{ policyPackName: "palisade", policyPackVersion: "1", policyPackVersionTag: "1" },
      enforcementLevel: "mandatory",
    },
  });
export const summed = (resourceChanges: Record<string, number>): EngineEvent =>
  event({ summaryEvent: { maybeCorrupt: false, durationSeconds: 9, resourceChanges, policyPacks: {} } });
