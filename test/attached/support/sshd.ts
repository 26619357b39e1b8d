/** A real sshd on a free port of 127.0.0.1, with keys of its own. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const SSHD = "/usr/sbin/sshd";

/** Why there can be no sshd here; undefined where there can. */
export function whyNoSshd(): string | undefined {
  if (!existsSync(SSHD)) return `${SSHD} is missing: apt-get install openssh-server`;
  return undefined;
}

export function generateKey(
  folder: string,
  name: string,
  passphrase = "",
): { privateKey: string; publicKey: string } {
  const file = join(folder, name);
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", file]);
  return { privateKey: readFileSync(file, "utf8"), publicKey: readFileSync(`${file}.pub`, "utf8").trim() };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

export class Sshd {
  readonly folder = mkdtempSync(join(tmpdir(), "palisade-sshd-"));
  readonly user = userInfo().username;
  readonly hostKey: string;
  readonly privateKey: string;
  readonly lockedKey: string;
  readonly lockedKeyPassword = "open sesame";
  private process: ChildProcess | undefined;

  private constructor(readonly port: number) {
    this.hostKey = generateKey(this.folder, "host").publicKey;
    const user = generateKey(this.folder, "user");
    const locked = generateKey(this.folder, "locked", this.lockedKeyPassword);
    this.privateKey = user.privateKey;
    this.lockedKey = locked.privateKey;
    writeFileSync(join(this.folder, "authorized"), `${user.publicKey}\n${locked.publicKey}\n`, {
      mode: 0o600,
    });
    writeFileSync(
      join(this.folder, "config"),
      [
        `Port ${port}`,
        "ListenAddress 127.0.0.1",
        `HostKey ${join(this.folder, "host")}`,
        `AuthorizedKeysFile ${join(this.folder, "authorized")}`,
        `PidFile ${join(this.folder, "pid")}`,
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
        "PermitRootLogin prohibit-password",
        "AcceptEnv ACCEPTED PULUMI_COMMAND_*",
        "AllowTcpForwarding yes",
        "MaxStartups 100",
        "",
      ].join("\n"),
    );
  }

  static async prepare(): Promise<Sshd> {
    return new Sshd(await freePort());
  }

  /** Starts the server and waits until it listens. */
  async start(): Promise<this> {
    if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
    const child = spawn(SSHD, ["-D", "-e", "-f", join(this.folder, "config")], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.process = child;
    const { stderr } = child;
    await new Promise<void>((resolve, reject) => {
      const lines: string[] = [];
      createInterface({ input: stderr }).on("line", (line) => {
        lines.push(line);
        if (line.startsWith("Server listening")) resolve();
      });
      child.once("exit", () => reject(new Error(`sshd ended: ${lines.join("\n")}`)));
    });
    return this;
  }

  /** What a command needs to reach it; each call gives an object of its own. */
  connection(): Record<string, string | number> {
    return {
      host: "127.0.0.1",
      port: this.port,
      user: this.user,
      privateKey: this.privateKey,
      hostKey: this.hostKey,
      dialErrorLimit: 1,
      perDialTimeout: 5,
    };
  }

  stop(): void {
    this.process?.removeAllListeners("exit").kill("SIGTERM");
    rmSync(this.folder, { recursive: true, force: true });
  }
}
