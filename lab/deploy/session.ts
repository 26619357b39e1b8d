import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { passwordWarnings } from "../../compiler/check/passwords";
import type { DecidedStack } from "../../compiler/check/stack";
import { formatProblem, Problem } from "../../compiler/problem";
import { readStack, stackFile, stacksIn } from "../../compiler/read";
import { ownYaml } from "./own-data";
import type { StackConfig } from "./stack-config";
import { EnvironmentFiles, StackFiles } from "./stack-files";
import { UserError } from "./user-error";

export const PROJECT = join(__dirname, "..", "..");
/** The policy pack that judges every preview and every update. */
export const GUARDRAILS = join(PROJECT, "policy", "guardrails");

/** What is wrong with a policy or a stack, all of it. */
export class StackProblems extends UserError {
  constructor(readonly problems: Problem[]) {
    super(problems.map(formatProblem).join("\n"));
  }
}

/** A stack of this project, checked whole, as the lab works on it. */
export interface Session extends DecidedStack {
  name: string;
  /** The stack's own config, before the lab adds to it. */
  config: StackConfig;
  files: StackFiles;
  environment: EnvironmentFiles;
  warnings: Problem[];
}

/**
 * Loads and checks a stack and its policy; nothing is touched where anything is wrong.
 * @param labFolder where the lab keeps its state
 * @throws StackProblems with every problem
 */
export function openSession(name: string, labFolder: string): Session {
  const file = stackFile(name);
  const path = join(PROJECT, file);
  if (!existsSync(path)) {
    throw new UserError(
      `there is no stack "${name}": ${file} is missing (stacks here: ${stacksIn(PROJECT).join(", ")})`,
    );
  }
  const today = new Date().toISOString().slice(0, 10);
  const loaded = readStack(PROJECT, name, today);
  if (!loaded.ok) throw new StackProblems(loaded.problems);
  const document = ownYaml<{ config?: StackConfig }>(readFileSync(path, "utf8"));
  return {
    ...loaded.value,
    name,
    config: document.config ?? {},
    files: new StackFiles(join(labFolder, "stacks", name)),
    environment: new EnvironmentFiles(labFolder, loaded.value.inventory.environment),
    warnings: withoutPasswords(loaded.value, loaded.problems, today, file),
  };
}

/** Every stack of this project that is right; what is wrong with another is told where that one is asked for. */
export function openSessions(labFolder: string): Session[] {
  return stacksIn(PROJECT).flatMap((name) => {
    try {
      return openSession(name, labFolder);
    } catch (error) {
      if (error instanceof UserError) return [];
      throw error;
    }
  });
}

/** Passwords that the stack has not are none to warn of: the lab makes its own. */
function withoutPasswords(stack: DecidedStack, problems: Problem[], today: string, file: string): Problem[] {
  const missing = new Set(passwordWarnings(stack, today, file).map(formatProblem));
  return problems.filter((problem) => !missing.has(formatProblem(problem)));
}
