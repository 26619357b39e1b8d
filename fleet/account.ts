import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deriveKey, parseSecret, secretId } from "../compiler/identity/keys";
import { sshPrivateKey } from "../compiler/identity/openssh";
import { Folder } from "./folder";
import { hostsOf, type DeployedHost, type Outputs } from "./hosts";

/** The hosts of a stack of the backend that is logged in to, and the way in. */
export interface Account {
  hosts: DeployedHost[];
  folder: Folder;
  /** The deployer's private key; gone when the work is done. */
  keyFile: string;
}

/**
 * Works on a deployed stack with the deployer's key, which is on the disk, readable by its owner only, for as long as
 * the work lasts.
 * @param root the project's folder
 * @throws with what `pulumi` says where it is not logged in, or knows no such stack, and where it is not deployed
 */
export async function withAccount<T>(
  root: string,
  stack: string,
  work: (account: Account) => Promise<T>,
): Promise<T> {
  const outputs = JSON.parse(
    pulumi(root, ["stack", "output", "--json", "--stack", stack]),
  ) as Partial<Outputs>;
  const hosts = hostsOf(outputs);
  const { environment } = outputs;
  if (environment === undefined || hosts.length === 0) {
    throw new Error(`the stack ${stack} has no deployed hosts; run: pulumi up --stack ${stack}`);
  }
  const secret = parseSecret(pulumi(root, ["config", "get", "palisade:secret", "--stack", stack]));
  if (outputs.secretId !== undefined && outputs.secretId !== secretId(secret)) {
    throw new Error(
      `the secret of Pulumi.${stack}.yaml is not the one that ${stack} was deployed with; run: pulumi up --stack ${stack}`,
    );
  }
  const path = mkdtempSync(join(tmpdir(), "palisade-"));
  try {
    const folder = new Folder(path);
    const key = deriveKey(secret, environment, { use: "deployer" });
    return await work({ hosts, folder, keyFile: folder.write("deployer-key", sshPrivateKey(key)) });
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

function pulumi(root: string, args: readonly string[]): string {
  try {
    return execFileSync("pulumi", [...args, "--non-interactive"], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    const { stderr = "" } = error as { stderr?: string };
    throw new Error(stderr.trim().replace(/^error: /, ""));
  }
}
