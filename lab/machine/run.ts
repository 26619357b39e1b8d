import { spawn } from "node:child_process";

/** A command that could not be started or did not end with 0. The message names it and what it said. */
export class CommandError extends Error {
  constructor(
    readonly command: readonly string[],
    readonly status: number | null,
    readonly stderr: string,
    reason: string,
  ) {
    const said = stderr.trim();
    super(`${command.join(" ")}: ${reason}${said === "" ? "" : `: ${lastLines(said, 15)}`}`);
    this.name = "CommandError";
  }
}

/** Runs a command without a shell and gives its standard output. Throws CommandError. */
export function run(
  command: readonly [string, ...string[]],
  options: { input?: string; environment?: NodeJS.ProcessEnv; directory?: string } = {},
): Promise<string> {
  const [program, ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: options.environment ?? process.env, cwd: options.directory });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", (error) => reject(new CommandError(command, null, "", error.message)));
    child.on("close", (status, signal) => {
      if (status === 0) return resolve(Buffer.concat(stdout).toString());
      const reason = signal === null ? `exit status ${status}` : `ended by ${signal}`;
      reject(new CommandError(command, status, Buffer.concat(stderr).toString(), reason));
    });
    // A command that reads no input may be gone before it is written.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
  });
}

/** Whether the command ends with 0. */
export async function succeeds(command: readonly [string, ...string[]]): Promise<boolean> {
  try {
    await run(command);
    return true;
  } catch (error) {
    if (error instanceof CommandError) return false;
    throw error;
  }
}

function lastLines(text: string, count: number): string {
  return text.split("\n").slice(-count).join("\n");
}

/** In process and mount namespaces of its own, so that nothing of it, mounts included, outlives this process. */
export function untilParentEnds(command: readonly string[]): [string, ...string[]] {
  const own = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  return ["setpriv", "--pdeathsig", "KILL", ...own, ...command];
}
