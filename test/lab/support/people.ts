import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Checkout, Result } from "./checkout";
import { runToEnd, sshCommand } from "../../../fleet/ssh";
import { deployedHosts } from "../../../lab/deploy/deployed";
import { ownJson } from "../../../lab/deploy/own-data";
import { StackFiles } from "../../../lab/deploy/stack-files";
import { inNamespace, openLab } from "../../../lab/machine";

/** Gives a person of the checkout's policy a key whose private half the test has. */
export function giveKey(checkout: Checkout, person: string): string {
  const file = join(checkout.folder, `${person}.key`);
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", `${person}@test`, "-f", file]);
  chmodSync(file, 0o600);
  const policy = ownJson<{ people: Record<string, { keys: string[] }> }>(checkout.read("policy/people.json"));
  const entry = policy.people[person];
  if (entry === undefined) throw new Error(`the policy has no ${person}`);
  entry.keys = [readFileSync(`${file}.pub`, "utf8").trim()];
  checkout.write("policy/people.json", `${JSON.stringify(policy, null, 2)}\n`);
  return file;
}

/**
 * Runs a command on a host of the checkout's lab, logged in as a person with their key, and gives it `stdin`. It comes from the
 * deployer's address, so that it is the account, and not the firewall, that decides.
 */
export async function runAs(
  checkout: Checkout,
  login: { user: string; keyFile: string },
  where: { stack: string; host: string },
  command: string,
  stdin = "",
): Promise<Result> {
  const { lab, files } = labOf(checkout, where.stack);
  const host = deployedHosts(files)?.find(({ name }) => name === where.host);
  if (host === undefined) throw new Error(`${where.stack} has no deployed ${where.host}`);
  return runToEnd(inNamespace(lab, [...sshCommand(files, host, login, { batch: true }), command]), stdin);
}

/** The password that the checkout's lab made up for a person. */
export function labPassword(checkout: Checkout, stack: string, person: string): string {
  const text = labOf(checkout, stack).files.read("passwords.json") ?? "{}";
  const password = ownJson<Record<string, { password: string }>>(text)[person]?.password;
  if (password === undefined) throw new Error(`the lab has no password of ${person}`);
  return password;
}

/** The lab of a checkout, and what it keeps of a stack. */
export function labOf(checkout: Checkout, stack: string) {
  const lab = openLab({ PALISADE_LAB: "test", PALISADE_LAB_DIR: join(checkout.folder, ".lab") });
  return { lab, files: new StackFiles(join(lab.folder, "stacks", stack)) };
}
