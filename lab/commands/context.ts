import { uniqBy } from "lodash";
import { deriveKey, parseSecret } from "../../compiler/identity/keys";
import { sshPrivateKey, sshPublicKey } from "../../compiler/identity/openssh";
import { formatProblem, Problem } from "../../compiler/problem";
import type { DeployedHost } from "../../fleet/hosts";
import { deployedHosts } from "../deploy/deployed";
import type { EngineOptions } from "../deploy/engine";
import { existingHostKeys } from "../deploy/existing-hosts";
import { LabPulumi } from "../deploy/pulumi";
import { openSession, Session, StackProblems } from "../deploy/session";
import { labPasswords } from "../deploy/passwords";
import { labConfig } from "../deploy/stack-config";
import { UserError } from "../deploy/user-error";
import { messageOf } from "../grpc/server";
import { ensureImage, ensureNetwork, enterNamespace, isInside, Lab, openLab } from "../machine";
import { findPulumi } from "../pulumi/find";
import { engineText, type Installed } from "../pulumi/installed";
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
  return only(await openContexts([stack]));
}

function only({ lab, sessions, steps }: Contexts): Context {
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
  const contexts = contextsOf(stacks);
  await prepare(contexts, () => Promise.resolve());
  return contexts;
}

/** The same of commands that need Pulumi's engine, which is found, or built while the hosts' image is. */
export async function openEngines(stacks: readonly string[]): Promise<Contexts & { installed: Installed }> {
  const contexts = contextsOf(stacks);
  const { lab, steps } = contexts;
  // What there was to say was said before the network was entered.
  const say = isInside(lab) ? () => undefined : steps.progress;
  const installed = await prepare(contexts, () => steps.run("engine", () => findPulumi(lab, say)));
  steps.progress(`with ${engineText(installed)}`);
  return { ...contexts, installed };
}

/** As `openEngines`, of a command about one stack, whose output goes to standard output. */
export async function openEngine(stack: string): Promise<{ context: Context; pulumi: LabPulumi }> {
  const { installed, ...contexts } = await openEngines([stack]);
  return { context: only(contexts), pulumi: new LabPulumi(installed, process.stdout) };
}

function contextsOf(stacks: readonly string[]): Contexts {
  const lab = openLab();
  return { lab, sessions: openAll(stacks, lab.folder), steps: Steps.continued(process.stderr) };
}

/**
 * What has to be there before the lab's network is entered, side by side; all that goes wrong is told.
 * @param also what is wanted beside the hosts' image
 */
async function prepare<T>({ lab, steps }: Contexts, also: () => Promise<T>): Promise<T> {
  const image = steps.run("image", () => ensureImage(steps.progress));
  const [made, found] = await Promise.allSettled([image, also()]);
  if (made.status === "rejected" || found.status === "rejected") {
    const failures = [made, found].flatMap((one) =>
      one.status === "rejected" ? [messageOf(one.reason)] : [],
    );
    throw new UserError(failures.join("\n"));
  }
  await ensureNetwork(lab);
  await enterNamespace(lab, steps.environment);
  return found.value;
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
