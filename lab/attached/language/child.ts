/** Node processes on the engine's behalf: none outlives its call, the engine or this process. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { tiedToThisProcess } from "../../machine/tied-process";

/** A program that is asked to end has as long, as with the host of a release. */
const END_MILLISECONDS = 5000;

type Child = ChildProcessByStdio<null, Readable, Readable>;

export interface NodeOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Ends the process. */
  signal: AbortSignal;
}

export interface NodeProcess {
  stdout: Readable;
  stderr: Readable;
  /** Its exit status, -1 if a signal ended it, once it has ended and all of its output is read. Rejects if it did not start. */
  end: Promise<number>;
}

export class NodeProcesses {
  private readonly running = new Set<Promise<unknown>>();

  /** Starts Node in a process group of its own, so that a terminal's ^C is the engine's alone to act on. */
  start(args: readonly string[], { cwd, env, signal }: NodeOptions): NodeProcess {
    const [program = "", ...rest] = tiedToThisProcess([process.execPath, ...args]);
    const child = spawn(program, rest, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const end = new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code ?? -1));
    });
    const gone = end.catch(() => undefined);
    this.running.add(gone);
    void gone.then(() => this.running.delete(gone));
    endWith(signal, child, gone);
    return { stdout: child.stdout, stderr: child.stderr, end };
  }

  /** Resolves when none is left. */
  async ended(): Promise<void> {
    await Promise.all(this.running);
  }
}

function endWith(signal: AbortSignal, child: Child, gone: Promise<unknown>): void {
  const stop = (): void => {
    child.kill("SIGINT");
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      child.stdout.destroy();
      child.stderr.destroy();
    }, END_MILLISECONDS);
    void gone.then(() => clearTimeout(timer));
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  void gone.then(() => signal.removeEventListener("abort", stop));
}
