import { uniqBy } from "lodash";
import { deriveKey, parseSecret } from "../../compiler/identity/keys";
import { sshPrivateKey, sshPublicKey } from "../../compiler/identity/openssh";
import { formatProblem, Problem } from "../../compiler/problem";
import type { DeployedHost } from "../../fleet/hosts";
import { deployedHosts } from "../deploy/deployed";
import { Engine, EngineOptions, pulumiOnPath } from "../deploy/engine";
import { existingHostKeys } from "../deploy/existing-hosts";
import type { Screen } from "../engine/status-line";
import { RealPulumi } from "../deploy/real-pulumi";
import { openSession, Session, StackProblems, UserError } from "../deploy/session";
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

/** The same of a command about several. */
export interface Contexts extends Omit<Context, "session"> {
  sessions: Session[];
}

/** Opens a stack as `openContexts` does. */
export async function openContext(stack: string): Promise<Context> {
  const { lab, sessions, steps } = await openContexts([stack]);
  const [session] = sessions;
  if (session === undefined) throw new Error("a context of one stack has one");
  return { lab, session, steps };
}

/**
 * Opens stacks and goes on inside the lab's network. Policy and stacks are checked before anything is made, and a
 * process that is not in the network yet ends here with the status of the one that is.
 * @throws StackProblems with what is wrong with all of them
 */
export async function openContexts(stacks: readonly string[]): Promise<Contexts> {
  const lab = openLab();
  const sessions = openAll(stacks, lab.folder);
  const steps = new Steps(process.stderr);
  await steps.run("image", () => ensureImage(steps.progress));
  await ensureNetwork(lab);
  enterNamespace(lab);
  return { lab, sessions, steps };
}

function openAll(stacks: readonly string[], labFolder: string): Session[] {
  const problems: Problem[] = [];
  const sessions = stacks.flatMap((stack) => {
    try {
      return openSession(stack, labFolder);
    } catch (error) {
      if (!(error instanceof StackProblems)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  if (problems.length > 0) throw new StackProblems(uniqBy(problems, formatProblem));
  return sessions;
}

/**
 * The real command where it is on PATH, else the stand-in.
 * @param output where what it prints goes; absent, to standard output
 */
export function chooseEngine(output?: Screen): Engine {
  const pulumi = pulumiOnPath();
  return pulumi === undefined ? new StandIn(output ?? process.stdout) : new RealPulumi(pulumi, output);
}

export function engineOptions(
  context: Context,
  operation: EngineOptions["operation"],
  replace: string[] = [],
): EngineOptions {
  const { lab, session } = context;
  const { secrets } = session.environment;
  return {
    operation,
    session,
    config: labConfig(session.config, secrets, existingHostKeys(session)),
    secrets,
    passwords: labPasswords(session),
    lab,
    replace,
  };
}

/**
 * The key that every host of the stack lets in, and the file that holds its private half; and the one that a machine
 * lets in which has nothing of Palisade's yet.
 */
export function deployerKey({ inventory, environment, files }: Session) {
  const of = (secret: string) => deriveKey(parseSecret(secret), inventory.environment, { use: "deployer" });
  const key = of(environment.secret);
  return {
    publicKey: sshPublicKey(key),
    firstPublicKey: sshPublicKey(of(environment.previousSecret ?? environment.secret)),
    keyFile: files.write("deployer-key", sshPrivateKey(key)),
  };
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
