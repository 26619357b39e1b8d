/** What happens when a command's resource comes, changes and goes. */
import { randomBytes } from "node:crypto";
import { plainProperties, type Properties, text, unknown } from "../../grpc/values";
import type { EngineLink } from "../engine";
import { type Command, readCommand } from "./inputs";
import { type Limits, startClock } from "./limits";
import type { Printed } from "./output";
import { type RemoteRun, runRemote } from "./remote";

/** One request of the engine's. */
export interface Operation {
  urn: string;
  preview: boolean;
  /** The resource's own limit (`customTimeouts`); 0 where it has none. */
  seconds: number;
  /** Aborted when the engine waits no more. */
  gone: AbortSignal;
}

const NOTHING: Printed = { stdout: "", stderr: "" };

export class Commands {
  private readonly dialled = new Set<string>();

  constructor(
    private readonly link: EngineLink,
    private readonly limits: Limits,
  ) {}

  /** Addresses of the hosts, and proxies, that were dialled. */
  get contacted(): string[] {
    return [...this.dialled].sort();
  }

  async create(inputs: Properties, operation: Operation): Promise<{ id: string; outputs: Properties }> {
    const id = `${nameOf(operation.urn)}${randomBytes(4).toString("hex")}`;
    if (operation.preview) return { id, outputs: planned(inputs) };
    const command = readCommand(inputs);
    const printed = await this.run(command.create, command, NOTHING, operation);
    return { id, outputs: { ...inputs, ...printed } };
  }

  async update(inputs: Properties, before: Properties, operation: Operation): Promise<Properties> {
    if (operation.preview) return planned(inputs);
    const command = readCommand(inputs);
    const printed = await this.run(
      command.update ?? command.create,
      command,
      printedBefore(before),
      operation,
    );
    return { ...inputs, ...printed };
  }

  async delete(state: Properties, operation: Operation): Promise<void> {
    const command = readCommand(state);
    await this.run(command.delete, command, printedBefore(state), operation);
  }

  private async run(
    command: string | undefined,
    inputs: Command,
    previous: Printed,
    { urn, seconds, gone }: Operation,
  ): Promise<Printed> {
    if (command === undefined) return previous;
    const clock = startClock(seconds, this.limits);
    const signal = AbortSignal.any([this.link.interrupted, gone, clock.signal]);
    const log: RemoteRun["log"] = (severity, text, passing) =>
      this.link.log({ severity, text, urn, passing });
    const contacted = (host: string): void => void this.dialled.add(host);
    const retrying = (message: string): Promise<void> => log("INFO", message, true);
    try {
      return await runRemote({
        ...{ command, inputs, previous, log, heard: clock.heard },
        dial: { contacted, retrying, signal },
      });
    } finally {
      clock.stop();
    }
  }
}

function planned(inputs: Properties): Properties {
  return { ...inputs, stdout: unknown, stderr: unknown };
}

function printedBefore(state: Properties): Printed {
  const plain = plainProperties(state);
  return { stdout: text(plain, "stdout") ?? "", stderr: text(plain, "stderr") ?? "" };
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
