import * as pulumi from "@pulumi/pulumi";
import { pick } from "lodash";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkStack, type DecidedStack } from "../compiler/check/stack";
import { SECRET_KEYS, setSecret } from "../compiler/identity/keys";
import { formatProblem } from "../compiler/problem";
import { readPolicy, readSiblings, readText, stacksIn } from "../compiler/read";
import { inventoryFromValues } from "../compiler/source/stack";
import type { EnvironmentSecrets } from "./identity";
import { encryptedPasswords, readHashes, writtenIn } from "./passwords";
import type { Settings } from "./settings";

const PROJECT = join(__dirname, "..");

/** A stack that is right, with what of its config is secret. */
export interface ProgramStack extends DecidedStack {
  secrets: EnvironmentSecrets;
  /** crypt(3) hashes by person. */
  hashes: ReadonlyMap<string, pulumi.Output<string>>;
}

/**
 * Checks policy and config whole before the first resource is registered.
 * @param today ISO date, on which grants with an end are judged
 * @param project the folder of the policy and of the stacks' files
 * @throws pulumi.RunError, which Pulumi shows without a stack trace, that lists every problem
 */
export function loadProgramStack(settings: Settings, today: string, project = PROJECT): ProgramStack {
  const file = `Pulumi.${settings.stack}.yaml`;
  const path = join(project, file);
  const text = existsSync(path) ? readFileSync(path, "utf8") : undefined;
  const policy = readPolicy(project, settings.policyFolder);
  const written = writtenIn(file, text);
  const values = {
    ...settings.inventory,
    ...pick(written, SECRET_KEYS),
    ...(settings.passwords === undefined
      ? {}
      : { passwords: encryptedPasswords(settings.passwords, written) }),
  };
  const inventory = inventoryFromValues(file, values, text);
  const { hashes, problems } = readHashes(settings.passwords, inventory.source);
  const siblings = readSiblings((name) => readText(join(project, name)), settings.stack, stacksIn(project));
  const loaded = checkStack({ policy, inventory, project: { stack: settings.stack, siblings } }, today);
  const errors = [...loaded.problems, ...problems]
    .filter((problem) => problem.severity === "error")
    .map(formatProblem);
  const secrets = secretsFrom(settings, file, errors);
  if (!loaded.ok || secrets === undefined || errors.length > 0) {
    throw new pulumi.RunError(`the policy or the stack's config is wrong:\n${errors.join("\n")}`);
  }
  for (const problem of loaded.problems) void pulumi.log.warn(formatProblem(problem));
  return { ...loaded.value, secrets, hashes };
}

/** The secrets that are set; an id without its secret is a step of an exchange that was only half made. */
function secretsFrom(settings: Settings, file: string, errors: string[]): EnvironmentSecrets | undefined {
  const { secret, nextSecret, previousSecret } = settings.secrets;
  if (secret === undefined)
    errors.push(`${file}: palisade:secret: not set; make one with: ${setSecret("secret")}`);
  for (const key of ["nextSecret", "previousSecret"] as const) {
    if (settings.secrets[key] === undefined && settings.inventory[`${key}Id`] !== undefined)
      errors.push(`${file}: palisade:${key}Id: palisade:${key} itself is not set; set it, or take this out`);
  }
  if (nextSecret !== undefined && previousSecret !== undefined) {
    errors.push(
      `${file}: palisade:nextSecret: there is a palisade:previousSecret still: take that one out, and up, before the next`,
    );
  }
  return secret === undefined ? undefined : { secret, nextSecret, previousSecret };
}
