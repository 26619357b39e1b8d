import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const PROJECT = join(__dirname, "..", "..", "..");

export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

/** A command that runs, in a process group of its own. */
export interface Running {
  child: ChildProcess;
  end: Promise<Result>;
}

/** A copy of this project that a test may edit, with a lab of its own. */
export class Checkout {
  readonly folder: string;
  private readonly environment: NodeJS.ProcessEnv;

  constructor(environment: NodeJS.ProcessEnv = {}) {
    this.folder = mkdtempSync(join(tmpdir(), "palisade-"));
    const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      cwd: PROJECT,
      encoding: "utf8",
    });
    for (const file of files.split("\0").filter((name) => name !== "" && !name.startsWith("test/"))) {
      mkdirSync(dirname(join(this.folder, file)), { recursive: true });
      cpSync(join(PROJECT, file), join(this.folder, file), { force: true, errorOnExist: false });
    }
    symlinkSync(join(PROJECT, "node_modules"), join(this.folder, "node_modules"));
    this.environment = {
      ...process.env,
      PALISADE_LAB: "test",
      PALISADE_LAB_DIR: join(this.folder, ".lab"),
      NO_COLOR: "1",
      ...environment,
    };
  }

  /** Runs `palisade` to its end; `killAfter` ends it and all it started, with no warning, after so many ms. */
  palisade(args: string[], options: { killAfter?: number } = {}): Promise<Result> {
    const { child, end } = this.begin(args);
    const { pid } = child;
    if (options.killAfter === undefined || pid === undefined) return end;
    const timer = setTimeout(() => process.kill(-pid, "SIGKILL"), options.killAfter);
    return end.finally(() => clearTimeout(timer));
  }

  /** Starts `palisade`, for what happens to it meanwhile. */
  begin(args: string[]): Running {
    return this.start([process.execPath, join(this.folder, "cli", "palisade.mjs"), ...args]);
  }

  /** Runs a line of shell in the checkout to its end, as somebody would type it there. */
  shell(command: string): Promise<Result> {
    return this.start(["sh", "-c", command]).end;
  }

  private start([program = "", ...args]: string[]): Running {
    const child = spawn(program, args, {
      cwd: this.folder,
      env: this.environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const end = new Promise<Result>((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code) => {
        // Hosts that the command booted outlive it and may hold its output open.
        setTimeout(() => resolve({ code: code ?? 137, stdout, stderr }), 200);
      });
    });
    return { child, end };
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }

  /** Replaces text that must be there exactly once. */
  edit(file: string, before: string, after: string): void {
    const text = this.read(file);
    if (text.split(before).length !== 2) throw new Error(`${file} has not exactly one "${before}"`);
    writeFileSync(
      join(this.folder, file),
      text.replace(before, () => after),
    );
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  /** Gives a stack other hosts. @param hosts the value of palisade:hosts as lines of YAML */
  setHosts(stack: string, hosts: string): void {
    const file = `Pulumi.${stack}.yaml`;
    this.write(file, this.read(file).replace(/(palisade:hosts:)[\s\S]*?(?= {2}palisade:)/, `$1${hosts}`));
  }

  async remove(): Promise<void> {
    await this.palisade(["lab", "down", "--all"]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
