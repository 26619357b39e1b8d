import * as pulumi from "@pulumi/pulumi";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkStack, type DecidedStack } from "../compiler/check/stack";
import { formatProblem } from "../compiler/problem";
import { readPolicy, readSiblings, readText, stacksIn } from "../compiler/read";
import { inventoryFromValues } from "../compiler/source/stack";
import { encryptedPasswords, readHashes } from "./passwords";
import type { Settings } from "./settings";

const PROJECT = join(__dirname, "..");

/** A stack that is right, with what of its config is secret. */
export interface ProgramStack extends DecidedStack {
  secret: pulumi.Output<string>;
  /** crypt(3) hashes by person. */
  hashes: ReadonlyMap<string, pulumi.Output<string>>;
}

/**
 * Checks policy and config whole before the first resource is registered.
 * @param today ISO date, on which grants with an end are judged
 * @throws pulumi.RunError, which Pulumi shows without a stack trace, that lists every problem
 */
export function loadProgramStack(settings: Settings, today: string): ProgramStack {
  const file = `Pulumi.${settings.stack}.yaml`;
  const path = join(PROJECT, file);
  const text = existsSync(path) ? readFileSync(path, "utf8") : undefined;
  const policy = readPolicy(PROJECT, settings.policyFolder);
  const values =
    settings.passwords === undefined
      ? settings.inventory
      : { ...settings.inventory, passwords: encryptedPasswords(settings.passwords, file, text) };
  const inventory = inventoryFromValues(file, values, text);
  const { hashes, problems } = readHashes(settings.passwords, inventory.source);
  const siblings = readSiblings((name) => readText(join(PROJECT, name)), settings.stack, stacksIn(PROJECT));
  const loaded = checkStack({ policy, inventory, project: { stack: settings.stack, siblings } }, today);
  const errors = [...loaded.problems, ...problems]
    .filter((problem) => problem.severity === "error")
    .map(formatProblem);
  if (settings.secret === undefined) {
    errors.push(
      `${file}: palisade:secret: not set; make one with: openssl rand -base64 32 | pulumi config set --secret palisade:secret`,
    );
  }
  if (!loaded.ok || settings.secret === undefined || problems.length > 0) {
    throw new pulumi.RunError(`the policy or the stack's config is wrong:\n${errors.join("\n")}`);
  }
  for (const problem of loaded.problems) void pulumi.log.warn(formatProblem(problem));
  return { ...loaded.value, secret: settings.secret, hashes };
}
