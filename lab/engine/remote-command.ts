/** Runs one command on a host over SSH, with the semantics of pulumi-command's `remote.Command`. */
import type { ClientChannel } from "ssh2";
import type { CommandInputs, Connection } from "./command-inputs";
import { dial, type DialOptions, type Session } from "./dial";
import { LineLogger, type Output, OutputCollector, previousOutput } from "./command-output";

export interface RemoteRun {
  connection: Connection;
  command: string;
  inputs: CommandInputs;
  /** Outputs of the run before; undefined on create. */
  previous: Output | undefined;
  log(level: "info" | "warning" | "error", message: string, passing: boolean): void;
  dial: DialOptions;
}

/**
 * Dials, runs, and gives what was printed, without its last newline. Throws when no connection comes
 * about, when the host refuses an environment variable, or when the command fails: the message then has
 * the exit status, the command and all its output.
 */
export async function runRemote(run: RemoteRun): Promise<Output> {
  const session = await dial(run.connection, run.dial);
  const abort = (): void => session.close();
  run.dial.signal.addEventListener("abort", abort, { once: true });
  try {
    const environment = await acceptedEnvironment(session, run);
    return await execute(session, run, environment);
  } finally {
    run.dial.signal.removeEventListener("abort", abort);
    session.close();
  }
}

/**
 * The variables to send. OpenSSH drops what AcceptEnv does not name, and this SSH library asks for no
 * answer, so a look at the environment of another session on the same connection tells.
 */
async function acceptedEnvironment(session: Session, run: RemoteRun): Promise<Record<string, string>> {
  const wanted = run.inputs.environment;
  const optional = run.inputs.addPreviousOutputInEnv ? previousOutput(run.previous) : {};
  const all = { ...optional, ...wanted };
  const names = Object.keys(all);
  if (names.length === 0) return {};
  const bad = names.find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  if (bad !== undefined) throw new Error(`could not set environment variable "${bad}": it is no valid name`);
  const marks = Object.fromEntries(names.map((name) => [name, "1"]));
  const probe = await start(session, names.map((name) => `echo "\${${name}-}"`).join(";"), marks);
  const seen = (await finish(probe, new OutputCollector(() => undefined))).stdout.split("\n");
  const refused = names.filter((_, index) => seen[index] !== "1");
  for (const name of refused) {
    const message =
      `Unable to set '${name}'. This only works if the SSH server is configured to accept this variable ` +
      "via AcceptEnv. Alternatively, prefix the command with it in the form 'VAR=value command'";
    const level = Object.hasOwn(wanted, name) ? "error" : "warning";
    run.log(level, message, false);
    if (level === "error") throw new Error(`could not set environment variable "${name}": setenv failed`);
  }
  return Object.fromEntries(Object.entries(all).filter(([name]) => !refused.includes(name)));
}

async function execute(
  session: Session,
  run: RemoteRun,
  environment: Record<string, string>,
): Promise<Output> {
  const logger = new LineLogger(run.inputs.logging, (line) => run.log("info", line, true));
  const output = new OutputCollector((text, stream) => logger.write(text, stream));
  const channel = await start(session, run.command, environment);
  const end = finish(channel, output);
  channel.end(run.inputs.stdin ?? "");
  const { failure, ...printed } = await end;
  logger.end();
  run.dial.signal.throwIfAborted();
  if (failure !== undefined) {
    throw new Error(`${failure}: running ${JSON.stringify(run.command)}:\n${output.together()}`);
  }
  return printed;
}

function start(session: Session, command: string, env: Record<string, string>): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    session.client.exec(command, { env }, (error, channel) =>
      error === undefined ? resolve(channel) : reject(error),
    );
  });
}

/** Waits for the end of a command; `failure` is undefined only for exit status 0. */
function finish(
  channel: ClientChannel,
  output: OutputCollector,
): Promise<Output & { failure: string | undefined }> {
  let failure: string | undefined = "the connection was lost";
  channel.on("data", (data: Buffer) => output.add("stdout", data));
  channel.stderr.on("data", (data: Buffer) => output.add("stderr", data));
  channel.on("error", () => undefined);
  channel.on("exit", (code: number | null, signal?: string) => {
    if (code === 0) failure = undefined;
    else if (code !== null) failure = `Process exited with status ${code}`;
    else failure = `Process exited from signal ${signal ?? "unknown"}`;
  });
  return new Promise((resolve) => {
    channel.once("close", () => resolve({ ...output.separate(), failure }));
  });
}
