/**
 * The `command` package in this process, with the semantics of pulumi-command 1.2.1: `create`, `update`
 * (else `create`) when an input changed, `delete` only if given, a replacement when `triggers` change.
 */
import { randomBytes } from "node:crypto";
import { checkCommand, type CommandInputs, readCommand, readConnection, readLocal } from "../command-inputs";
import type { Output } from "../command-output";
import { differences } from "../diff";
import { runLocal } from "../local-command";
import { runRemote } from "../remote-command";
import { parseUrn } from "../urn";
import { type Properties, reveal, unknown } from "../values";
import {
  BuiltInProvider,
  type Checked,
  type Created,
  type CreateRequest,
  type DiffRequest,
  noDiff,
  type ProviderDiff,
  type ProviderHost,
  type ResourceRef,
  type UpdateRequest,
} from "./provider";

const PLACES: Record<string, "remote" | "local"> = {
  "command:remote:Command": "remote",
  "command:local:Command": "local",
};

interface Execution {
  urn: string;
  inputs: Properties;
  command: string;
  previous: Output | undefined;
  timeout: number;
}

export class CommandProvider extends BuiltInProvider {
  private readonly interruption = new AbortController();

  constructor(private readonly host: ProviderHost) {
    super();
  }

  override check(urn: string, _olds: Properties | undefined, news: Properties): Promise<Checked> {
    return Promise.resolve().then(() => checkCommand(placeOf(urn), news));
  }

  override diff(request: DiffRequest): Promise<ProviderDiff> {
    const kept = Object.entries(request.oldInputs).filter(([name]) => request.ignoreChanges.includes(name));
    const news = { ...request.newInputs, ...Object.fromEntries(kept) };
    const detailed = differences(request.oldInputs, news).map((difference) => ({
      ...difference,
      replaces: difference.path[0] === "triggers",
    }));
    return Promise.resolve({ ...noDiff, changes: detailed.length === 0 ? "none" : "some", detailed });
  }

  override async create({ urn, inputs, preview, timeout }: CreateRequest): Promise<Created> {
    if (preview) return { id: "", outputs: previewOutputs(inputs) };
    const id = `${parseUrn(urn).name}${randomBytes(4).toString("hex")}`;
    const { create } = readCommand(inputs);
    const none: Output = { stdout: "", stderr: "" };
    const output =
      create === undefined
        ? none
        : await this.execute({ urn, inputs, command: create, previous: undefined, timeout });
    return { id, outputs: { ...inputs, ...output } };
  }

  override async update(request: UpdateRequest): Promise<Omit<Created, "id">> {
    const { urn, inputs, preview, timeout } = request;
    if (preview) return { outputs: previewOutputs(inputs) };
    const { create, update } = readCommand(inputs);
    const command = update ?? create;
    const previous = outputOf(request.oldOutputs);
    const output =
      command === undefined ? previous : await this.execute({ urn, inputs, command, previous, timeout });
    return { outputs: { ...inputs, ...output } };
  }

  override async delete(
    resource: ResourceRef,
    inputs: Properties,
    outputs: Properties,
    timeout: number,
  ): Promise<void> {
    const command = readCommand(inputs).delete;
    if (command === undefined) return;
    await this.execute({ urn: resource.urn, inputs, command, previous: outputOf(outputs), timeout });
  }

  override cancel(): Promise<void> {
    this.interruption.abort(new Error("interrupted"));
    return Promise.resolve();
  }

  private async execute(execution: Execution): Promise<Output> {
    const inputs = readCommand(execution.inputs);
    const limit = new AbortController();
    const timer =
      execution.timeout > 0
        ? setTimeout(
            () => limit.abort(new Error(`not done within its time of ${execution.timeout} s`)),
            execution.timeout * 1000,
          )
        : undefined;
    const signal = AbortSignal.any([limit.signal, this.interruption.signal]);
    try {
      return placeOf(execution.urn) === "remote"
        ? await this.remote(execution, inputs, signal)
        : await this.local(execution, inputs, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  private remote(execution: Execution, inputs: CommandInputs, signal: AbortSignal): Promise<Output> {
    const { urn, command, previous } = execution;
    return runRemote({
      connection: readConnection(execution.inputs),
      command,
      inputs,
      previous,
      log: (level, message, passing) => this.host.log(level, message, urn, passing),
      dial: {
        contacted: (host) => this.host.contacted(host),
        retrying: (message) => this.host.log("info", message, urn, true),
        signal,
      },
    });
  }

  private local(execution: Execution, inputs: CommandInputs, signal: AbortSignal): Promise<Output> {
    const { urn, command, previous } = execution;
    const log = (line: string): void => this.host.log("info", line, urn, true);
    return runLocal({ ...readLocal(execution.inputs), command, inputs, previous, log, signal });
  }
}

function placeOf(urn: string): "remote" | "local" {
  const { type } = parseUrn(urn);
  const place = PLACES[type];
  if (place === undefined)
    throw new Error(`the lab's engine has no ${type}, only ${Object.keys(PLACES).join(", ")}`);
  return place;
}

function previewOutputs(inputs: Properties): Properties {
  return { ...inputs, stdout: unknown, stderr: unknown };
}

function outputOf(outputs: Properties): Output {
  const text = (name: string): string => {
    const value = reveal(outputs[name]);
    return typeof value === "string" ? value : "";
  };
  return { stdout: text("stdout"), stderr: text("stderr") };
}
