import { spawn } from "node:child_process";
import { runToEnd } from "../../fleet/ssh";
import type { Place } from "./verify";

/**
 * A place where commands run behind an argv prefix: `ssh … root@host` for a host, nothing for the lab's namespace
 * that the caller is already in.
 * @param split whether the command must be split into words, because no remote shell will
 */
export function placeBehind(name: string, prefix: string[], split: boolean): Place {
  const argv = (command: string): string[] => [...prefix, ...(split ? command.split(" ") : [command])];
  return {
    run: async (command, stdin) => {
      const { code, stdout, stderr } = await runToEnd(argv(command), stdin);
      if (code !== 0) throw new Error(`${name}: "${command}" failed (${code}): ${stderr.trim()}`);
      return stdout;
    },
    start: (command, stdin) => startBehind(name, argv(command), stdin),
  };
}

/** Starts a command that prints a line when it is ready and ends when its standard input does. */
function startBehind(name: string, argv: string[], stdin: string): Promise<() => Promise<void>> {
  const child = spawn(argv[0] ?? "", argv.slice(1), { stdio: ["pipe", "pipe", "pipe"] });
  const closed = new Promise<void>((resolve) => child.on("close", () => resolve()));
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.on("error", () => undefined).write(stdin);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => reject(new Error(`${name}: ended before it was ready: ${stderr.trim()}`)));
    child.stdout.once("data", () => {
      resolve(async () => {
        child.stdin.end();
        await closed;
      });
    });
  });
}
