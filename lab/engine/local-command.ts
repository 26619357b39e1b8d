/** Runs one command on this machine, with the semantics of pulumi-command's `local.Command`. */
import { spawn } from "node:child_process";
import type { CommandInputs } from "./command-inputs";
import { LineLogger, type Output, OutputCollector, previousOutput } from "./command-output";

export interface LocalRun {
  dir: string | undefined;
  interpreter: string[];
  command: string;
  inputs: CommandInputs;
  /** Outputs of the run before; undefined on create. */
  previous: Output | undefined;
  log(line: string): void;
  signal: AbortSignal;
}

/** Runs and gives what was printed. Throws when the command fails, with its output in the message. */
export async function runLocal(run: LocalRun): Promise<Output> {
  const [program, ...args] = [...run.interpreter, run.command];
  if (program === undefined) throw new Error("the interpreter is empty");
  const previous = run.inputs.addPreviousOutputInEnv ? previousOutput(run.previous) : {};
  const child = spawn(program, args, {
    cwd: run.dir,
    env: { ...process.env, ...run.inputs.environment, ...previous },
    stdio: "pipe",
    signal: run.signal,
  });
  const logger = new LineLogger(run.inputs.logging, (line) => run.log(line));
  const output = new OutputCollector((text, stream) => logger.write(text, stream));
  child.stdout.on("data", (data: Buffer) => output.add("stdout", data));
  child.stderr.on("data", (data: Buffer) => output.add("stderr", data));
  child.stdin.on("error", () => undefined);
  child.stdin.end(run.inputs.stdin ?? "");
  const failure = await new Promise<string | undefined>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => {
      if (code === 0) resolve(undefined);
      else resolve(code === null ? `signal: ${signal ?? "unknown"}` : `exit status ${code}`);
    });
  });
  logger.end();
  if (failure === undefined) return output.separate();
  throw new Error(`${failure}: running ${JSON.stringify(run.command)}:\n${output.together()}`);
}
