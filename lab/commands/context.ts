import { deriveKey, parseSecret, secretId } from "../../compiler/identity/keys";
import { sshPrivateKey, sshPublicKey } from "../../compiler/identity/openssh";
import { DeployedHost, deployedHosts } from "../deploy/deployed";
import { Engine, EngineOptions, pulumiOnPath } from "../deploy/engine";
import { existingHostKeys } from "../deploy/existing-hosts";
import { RealPulumi } from "../deploy/real-pulumi";
import { openSession, Session, UserError } from "../deploy/session";
import { labPasswords } from "../deploy/passwords";
import { labConfig } from "../deploy/stack-config";
import { StandIn } from "../deploy/stand-in";
import { ensureImage, ensureNetwork, enterNamespace, Lab, openLab } from "../machine";
import { Steps } from "./steps";

/** Everything that a command about one stack works with. */
export interface Context {
  lab: Lab;
  session: Session;
  steps: Steps;
}

/**
 * Opens a stack and goes on inside the lab's network. The policy is checked before anything is made, and a process
 * that is not in the network yet ends here with the status of the one that is.
 */
export async function openContext(stack: string): Promise<Context> {
  const lab = openLab();
  const session = openSession(stack, lab.folder);
  const steps = new Steps(process.stderr);
  await steps.run("image", () => ensureImage(steps.progress));
  await ensureNetwork(lab);
  enterNamespace(lab);
  return { lab, session, steps };
}

/** The real command where it is on PATH, else the stand-in. */
export function chooseEngine(): Engine {
  const pulumi = pulumiOnPath();
  return pulumi === undefined ? new StandIn(process.stdout) : new RealPulumi(pulumi);
}

export function engineOptions(
  context: Context,
  operation: EngineOptions["operation"],
  replace: string[] = [],
): EngineOptions {
  const { lab, session } = context;
  const { secret } = session.environment;
  return {
    operation,
    session,
    config: labConfig(session.config, secretId(parseSecret(secret)), existingHostKeys(session)),
    secret,
    passwords: labPasswords(session),
    lab,
    replace,
  };
}

/** The key that every host of the stack lets in, and the file that holds its private half. */
export function deployerKey(session: Session): { publicKey: string; keyFile: string } {
  const { environment } = session.inventory;
  const key = deriveKey(parseSecret(session.environment.secret), environment, { use: "deployer" });
  return { publicKey: sshPublicKey(key), keyFile: session.files.write("deployer-key", sshPrivateKey(key)) };
}

/** @throws UserError where the stack was never brought up */
export function requireDeployed(session: Session): DeployedHost[] {
  const hosts = deployedHosts(session.files);
  if (hosts === undefined || hosts.length === 0) {
    throw new UserError(
      `stack ${session.name} is not up in the lab; run: npx palisade lab up --stack ${session.name}`,
    );
  }
  return hosts;
}
