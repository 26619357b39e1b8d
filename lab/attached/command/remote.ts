/** Runs one command on a host over SSH, with the semantics of pulumi-command's `remote.Command`. */
import type { ClientChannel } from "ssh2";
import { messageOf } from "../../grpc/server";
import { dial, type DialOptions, type Session } from "./dial";
import type { Command } from "./inputs";
import { Lines, Output, type Printed } from "./output";

export interface RemoteRun {
  command: string;
  inputs: Command;
  /** Outputs of the run before. */
  previous: Printed;
  log(level: "INFO" | "WARNING" | "ERROR", message: string, passing: boolean): Promise<void>;
  /** The command has begun, or has printed something. */
  heard: () => void;
  dial: DialOptions;
}

/**
 * Dials, runs, and gives what was printed. Throws when no connection comes about, when the host refuses an environment
 * variable, or when the command fails or is ended: the message then has the reason, the command and its output.
 */
export async function runRemote(run: RemoteRun): Promise<Printed> {
  const session = await dial(run.inputs.connection, run.dial);
  try {
    run.heard();
    return await execute(session, run, await acceptedEnvironment(session, run));
  } finally {
    session.close();
  }
}

async function execute(session: Session, run: RemoteRun, env: Record<string, string>): Promise<Printed> {
  const output = new Output();
  const lines = new Lines(run.inputs.logging, (line) => run.log("INFO", line, true));
  const channel = await start(session, run.command, env);
  const ended = finish(channel, run, (stream, data) => {
    output.add(stream, data);
    lines.add(stream, data);
  });
  channel.end(run.inputs.stdin);
  const failure = await untilAborted(ended, run.dial.signal, session);
  await lines.end();
  if (failure === undefined) return output.apart();
  throw new Error(`${failure}: running ${JSON.stringify(run.command)}:\n${output.together()}`);
}

/**
 * How the command ended; why it was given up, where it was. What runs on the host loses its connection, and no more:
 * sshd passes on no signal to what root runs (session_signal_req of OpenSSH).
 */
async function untilAborted(
  ended: Promise<string | undefined>,
  signal: AbortSignal,
  session: Session,
): Promise<string | undefined> {
  const drop = (): void => void session.client.destroy();
  signal.addEventListener("abort", drop, { once: true });
  if (signal.aborted) drop();
  const failure = await ended;
  signal.removeEventListener("abort", drop);
  return signal.aborted ? messageOf(signal.reason) : failure;
}

function start(session: Session, command: string, env: Record<string, string>): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    session.client.exec(command, { env }, (error, channel) =>
      error === undefined ? resolve(channel) : reject(error),
    );
  });
}

/** Waits for the end of a command, and tells why it failed; undefined only for exit status 0. */
function finish(
  channel: ClientChannel,
  { heard }: Pick<RemoteRun, "heard">,
  printed: (stream: keyof Printed, data: Buffer) => void,
): Promise<string | undefined> {
  let failure: string | undefined = "the connection was lost";
  for (const [name, stream] of [
    ["stdout", channel],
    ["stderr", channel.stderr],
  ] as const) {
    stream.on("data", (data: Buffer) => {
      heard();
      printed(name, data);
    });
  }
  channel.on("error", () => undefined);
  channel.on("exit", (code: number | null, signal?: string) => {
    if (code === 0) failure = undefined;
    else if (code !== null) failure = `Process exited with status ${code}`;
    else failure = `Process exited from signal ${signal ?? "unknown"}`;
  });
  return new Promise((resolve) => {
    channel.once("close", () => resolve(failure));
  });
}

/**
 * The variables to send. OpenSSH drops what AcceptEnv does not name, and this SSH library asks for no
 * answer, so a look at the environment of another session on the same connection tells.
 */
async function acceptedEnvironment(session: Session, run: RemoteRun): Promise<Record<string, string>> {
  const wanted = run.inputs.environment;
  const all = { ...(run.inputs.addPreviousOutputInEnv ? previousOutput(run.previous) : {}), ...wanted };
  const names = Object.keys(all);
  if (names.length === 0) return {};
  const bad = names.find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  if (bad !== undefined) throw new Error(`could not set environment variable "${bad}": it is no valid name`);
  const refused = await refusedNames(session, run, names);
  for (const name of refused) {
    const asked = Object.hasOwn(wanted, name);
    await run.log(asked ? "ERROR" : "WARNING", refusalOf(name), false);
    if (asked) throw new Error(`could not set environment variable "${name}": setenv failed`);
  }
  return Object.fromEntries(Object.entries(all).filter(([name]) => !refused.includes(name)));
}

async function refusedNames(session: Session, run: RemoteRun, names: string[]): Promise<string[]> {
  const marks = Object.fromEntries(names.map((name) => [name, "1"]));
  const probe = await start(session, names.map((name) => `echo "\${${name}-}"`).join(";"), marks);
  const output = new Output();
  const ended = finish(probe, run, (stream, data) => output.add(stream, data));
  const failure = await untilAborted(ended, run.dial.signal, session);
  run.dial.signal.throwIfAborted();
  if (failure !== undefined) throw new Error(`could not look which variables the host accepts: ${failure}`);
  const seen = output.apart().stdout.split("\n");
  return names.filter((_, index) => seen[index] !== "1");
}

const refusalOf = (name: string): string =>
  `Unable to set '${name}'. This only works if the SSH server is configured to accept this variable ` +
  "via AcceptEnv. Alternatively, prefix the command with it in the form 'VAR=value command'";

/** The variables by which a command sees what its predecessor printed. */
function previousOutput({ stdout, stderr }: Printed): Record<string, string> {
  return {
    ...(stdout === "" ? {} : { PULUMI_COMMAND_STDOUT: stdout }),
    ...(stderr === "" ? {} : { PULUMI_COMMAND_STDERR: stderr }),
  };
}
