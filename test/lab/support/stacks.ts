import assert from "node:assert/strict";
import { ownJson } from "../../../lab/deploy/own-data";
import type { Verdict } from "../../../lab/verify/verify";
import type { Checkout, Result } from "./checkout";

/** Brings a stack up on its hosts. */
export function up(checkout: Checkout, stack = "dev"): Promise<Result> {
  return checkout.palisade(["lab", "up", "--stack", stack]);
}

/** The same, and it must work. */
export async function isUp(checkout: Checkout, stack = "dev"): Promise<Result> {
  const result = await up(checkout, stack);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  return result;
}

/** Tries every connection between hosts, each of which must end as the policy says. @param which options of `lab verify` */
export async function verified(checkout: Checkout, ...which: string[]): Promise<Verdict> {
  const { code, stdout, stderr } = await checkout.palisade(["lab", "verify", "--json", ...which]);
  assert.notEqual(stdout, "", stderr);
  const verdict = ownJson<Verdict>(stdout);
  assert.deepEqual(verdict.wrong, [], "connections that differ from the policy");
  assert.equal(code, 0);
  assert.equal(verdict.allowed + verdict.denied, verdict.checked);
  return verdict;
}

/** Runs a command on a host as root, by the deployer's key; its output. It must succeed. */
export async function onHost(
  checkout: Checkout,
  host: string,
  command: string,
  stack = "dev",
): Promise<string> {
  const argv = ["lab", "ssh", "--stack", stack, host, "--", command];
  const { code, stdout, stderr } = await checkout.palisade(argv);
  assert.equal(code, 0, `${host}: ${command}: ${stderr}`);
  return stdout;
}

/** The hosts that an update says it contacted. */
export function contacted({ stdout }: Result): string[] {
  const hosts = /Hosts contacted: (.*)\.$/m.exec(stdout)?.[1] ?? "";
  return hosts === "none" ? [] : hosts.split(", ");
}
