import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkStack, type DecidedStack } from "./check/stack";
import type { PolicyTexts } from "./load/policy";
import type { StackInput } from "./load/stack";
import type { Checked } from "./problem";
import { inventoryFromText } from "./source/stack";
import type { Parsed } from "./source/source";

/*
 * The only file of the compiler that opens files.
 */

const POLICY_FILES = ["groups.json", "people.json", "networks.json", "tests.json"] as const;
const DEFAULT_POLICY = "policy";

/** The text of a file; undefined where there is none, or it cannot be read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Gives the text of a file by its path in a project's folder; undefined where there is none. */
export type ReadFile = (path: string) => string | undefined;

/**
 * The texts of a policy's folder.
 * @param root the project's folder
 * @param folder relative to `root`, and as messages name it
 */
export function readPolicy(root: string, folder: string): PolicyTexts {
  return policyTexts((path) => readText(join(root, path)), folder);
}

function policyTexts(read: ReadFile, folder: string): PolicyTexts {
  const files = new Map<string, string>();
  for (const name of POLICY_FILES) {
    const text = read(join(folder, name));
    if (text !== undefined) files.set(name, text);
  }
  return { folder: folder.replace(/\/+$/, ""), files };
}

/** The name of a stack's file, such as `Pulumi.dev.yaml`. */
export function stackFile(stack: string): string {
  return `Pulumi.${stack}.yaml`;
}

/** The names of all stacks in a folder, from its files `Pulumi.NAME.yaml`. */
export function stacksIn(root: string): string[] {
  return stackNames(readdirSync(root));
}

/** The names of stacks, sorted, from those of files. */
export function stackNames(files: readonly string[]): string[] {
  return files.flatMap((file) => /^Pulumi\.([A-Za-z0-9_.-]+)\.yaml$/.exec(file)?.[1] ?? []).sort();
}

/**
 * Reads, checks and decides a stack by name: its file in `root`, and the policy that it names.
 * @param today ISO date
 */
export function readStack(root: string, stack: string, today: string): Checked<DecidedStack> {
  return checkStack(
    stackInput((path) => readText(join(root, path)), stack, stacksIn(root)),
    today,
  );
}

/**
 * All that a stack is made of, from wherever its files are.
 * @param stacks the names of all stacks there
 */
export function stackInput(read: ReadFile, stack: string, stacks: readonly string[]): StackInput {
  const inventory = readInventory(read, stack);
  const project = { stack, siblings: readSiblings(read, stack, stacks) };
  return { policy: policyTexts(read, policyFolder(inventory)), inventory, project };
}

/** The inventories of a project's other stacks, by name. */
export function readSiblings(read: ReadFile, stack: string, stacks: readonly string[]): Map<string, Parsed> {
  const others = stacks.filter((name) => name !== stack);
  return new Map(others.map((name) => [name, readInventory(read, name)]));
}

function readInventory(read: ReadFile, stack: string): Parsed {
  const file = stackFile(stack);
  const text = read(file);
  if (text !== undefined) return inventoryFromText(file, text);
  const message = "the file is missing or cannot be read";
  return { problems: [{ severity: "error", file, path: "", message }] };
}

function policyFolder(inventory: Parsed): string {
  const value = inventory.source?.value;
  const folder: unknown =
    typeof value === "object" && value !== null ? Reflect.get(value, "policy") : undefined;
  return typeof folder === "string" && folder !== "" ? folder : DEFAULT_POLICY;
}
