import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const HOST = join(__dirname, "..", "..", "..", "host");
const NAMESPACES = ["--mount", "--net", "--uts", "--ipc", "--pid"];
const PALISADE_HOST = "/usr/local/lib/palisade/palisade-host";
/** All that a push can write and a reboot keeps: what lies over /etc, and folders in memory. */
const KEPT = "/mnt/etc /var/lib /home /root";

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A host to push to: this machine's programs in namespaces, and a file system in memory, of its own. */
export class Sandbox {
  private constructor(
    private readonly holder: ChildProcess,
    private readonly pid: number,
  ) {}

  /**
   * All of it goes with the process that holds it, which ends when its standard input does. That is a shell, the
   * init of the host, so that processes that are killed there are also gone.
   */
  static async start(): Promise<Sandbox> {
    const script = `dash "$0" "$1" "$2" >&2 && echo ready && cat >/dev/null`;
    const holder = spawn(
      "unshare",
      [
        ...NAMESPACES,
        "--fork",
        "--kill-child",
        "--mount-proc",
        "dash",
        "-c",
        script,
        join(__dirname, "setup.sh"),
        HOST,
        join(__dirname, "fakes"),
      ],
      { cwd: "/", stdio: ["pipe", "pipe", "pipe"] },
    );
    let errors = "";
    holder.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    const ready = await Promise.race([
      once(holder.stdout, "data").then(() => true),
      once(holder, "exit").then(() => false),
    ]);
    if (!ready || holder.pid === undefined) throw new Error(`no sandbox: ${errors}`);
    const children = readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, "utf8");
    return new Sandbox(holder, Number(children));
  }

  async stop(): Promise<void> {
    const ended = once(this.holder, "exit");
    this.holder.kill("SIGKILL");
    await ended;
  }

  /** Runs a program on the host, with `input` as its standard input. */
  async run(program: string[], input: string | Buffer = ""): Promise<Outcome> {
    const child = spawn("nsenter", [`--target=${this.pid}`, ...NAMESPACES, "--", ...program], {
      cwd: "/",
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    // A program that refuses its input closes it early.
    child.stdin.on("error", () => undefined).end(input);
    await once(child, "close");
    return { code: child.exitCode, stdout, stderr };
  }

  /** Runs a shell script on the host; its output. It must succeed. */
  async sh(script: string, input: string | Buffer = ""): Promise<string> {
    const { code, stdout, stderr } = await this.run(["dash", "-euc", script], input);
    if (code !== 0) throw new Error(`exit ${code} of: ${script}\n${stderr}`);
    return stdout;
  }

  /** `palisade-host COMMAND…`, as a push runs it. */
  palisade(command: string, input: string | Buffer = ""): Promise<Outcome> {
    return this.run(["dash", PALISADE_HOST, ...command.split(" ")], input);
  }

  /** The same, over an SSH connection of its own. */
  overSsh(command: string, input: string | Buffer = ""): Promise<Outcome> {
    return this.run(["/mnt/sshd", ...command.split(" ")], input);
  }

  /**
   * Every file that a push could have changed (kind, mode, owner, place, and what is in it), the folders that it
   * left behind, and what the kernel holds of the firewall: both families, both of iptables' backends, the sets.
   * The text of iptables-save is left out: it has the time in it.
   */
  async everything(): Promise<string[]> {
    return [...(await this.files()), ...(await this.kernel())];
  }

  async files(): Promise<string[]> {
    const script = `find ${KEPT} -printf '%y %m %U:%G %p %l\\n'; find ${KEPT} -type f ! -name 'saved.v[46]' -exec sha256sum {} +
      find /run -mindepth 2 -type d`;
    return (await this.sh(script)).split("\n").sort();
  }

  async kernel(): Promise<string[]> {
    const saves = ["iptables-nft", "ip6tables-nft", "iptables-legacy", "ip6tables-legacy"];
    const script = `${saves.map((save) => `${save}-save 2>/dev/null`).join("; ")}; ipset save; ip xfrm policy`;
    const lines = (await this.sh(script)).split("\n").filter((line) => !line.startsWith("#"));
    return lines.map((line) => line.replace(/\[\d+:\d+\]$|( hashsize| bucketsize| initval) \S+/g, ""));
  }

  /** How the fakes were called since the last time this was asked. */
  async calls(): Promise<string[]> {
    const text = await this.sh("cat /mnt/calls; : >/mnt/calls");
    return text.split("\n").filter((line) => line !== "");
  }
}

/** Why there can be no sandbox here, or a program that a test needs; undefined where all is there. */
export function cannot(...programs: string[]): string | undefined {
  if (process.getuid?.() !== 0) return "needs root, for namespaces of its own";
  const base = "dash unshare nsenter ip flock conntrack ipset openssl pkill pwck ssh-keygen visudo".split(
    " ",
  );
  const needed = [...base, ...programs];
  const missing = needed.filter((program) => spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0);
  if (missing.length > 0) return `not installed: ${missing.join(", ")} (lab/install.sh installs them)`;
  const namespaces = spawnSync("unshare", [...NAMESPACES, "--fork", "true"]);
  return namespaces.status === 0 ? undefined : "this kernel gives no namespaces here";
}

export type HostTest = (host: Sandbox) => Promise<void>;

/** A test's body with a fresh host, which goes with it. */
export async function withHost(body: HostTest): Promise<void> {
  const host = await Sandbox.start();
  try {
    await body(host);
  } finally {
    await host.stop();
  }
}
