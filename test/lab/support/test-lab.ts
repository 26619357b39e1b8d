import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { destroyLab, inNamespace, openLab, type Lab } from "../../../lab/machine";
import { run } from "../../../lab/machine/run";

/** Why the lab can't run here; false where it can. As `skip` of a test, it is told in the test's report. */
export const cannotRunLab: string | false =
  process.getuid?.() !== 0
    ? "the lab needs root"
    : !existsSync("/usr/bin/linux.uml")
      ? "the lab's packages are not installed (lab/install.sh)"
      : !existsSync("/dev/net/tun")
        ? "the lab needs /dev/net/tun"
        : false;

export interface TestLab {
  lab: Lab;
  /** A folder for the test's own files; goes with the lab. */
  folder: string;
  destroy(): Promise<void>;
}

/** A lab apart from every other one on this machine. */
export async function makeTestLab(name: string): Promise<TestLab> {
  const folder = await mkdtemp(join(tmpdir(), "palisade-test-"));
  const lab = openLab({ PALISADE_LAB: name, PALISADE_LAB_DIR: join(folder, "labs") });
  const destroy = async () => {
    await destroyLab(lab);
    await rm(folder, { recursive: true, force: true });
  };
  return { lab, folder, destroy };
}

export interface KeyPair {
  file: string;
  private: string;
  public: string;
}

/** An Ed25519 key pair in OpenSSH's format. */
export async function makeKey(folder: string, name: string): Promise<KeyPair> {
  const file = join(folder, name);
  await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", file]);
  return { file, private: await run(["cat", file]), public: (await run(["cat", `${file}.pub`])).trim() };
}

export interface Login {
  address: string;
  user?: string;
  key: KeyPair;
  /** The only host key that is accepted. */
  hostKey: string;
}

/** Runs a command on a host over SSH, from the lab's network. Throws CommandError. */
export async function ssh(testLab: TestLab, login: Login, command: string): Promise<string> {
  const knownHosts = join(testLab.folder, `known-${login.address.replace(/:/g, "-")}`);
  await writeFile(knownHosts, `${login.address} ${login.hostKey}\n`);
  const options = [
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    `UserKnownHostsFile=${knownHosts}`,
    "LogLevel=ERROR",
  ];
  const target = `${login.user ?? "root"}@${login.address}`;
  const flags = [...options, "ConnectTimeout=10"].flatMap((option) => ["-o", option]);
  return run(inNamespace(testLab.lab, ["ssh", "-i", login.key.file, ...flags, target, command]));
}

/** The host keys that a host shows to whoever asks. */
export async function shownHostKey(testLab: TestLab, address: string): Promise<string> {
  const shown = await run(inNamespace(testLab.lab, ["ssh-keyscan", "-t", "ed25519", "-T", "10", address]));
  return shown.trim().split(" ").slice(1).join(" ");
}

/** Living processes with the text in their command line, other than the search itself. */
export async function processesOf(text: string): Promise<string[]> {
  const all = await run(["ps", "-eww", "-o", "stat=,args="]);
  return all.split("\n").filter((line) => line.includes(text) && !line.startsWith("Z"));
}
