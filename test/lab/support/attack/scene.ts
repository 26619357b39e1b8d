import assert from "node:assert/strict";
import { readStack } from "../../../../compiler/read";
import { endpoints, type Site } from "../../../../lab/verify/expectation";
import { openPorts } from "../../../../lab/verify/verify";
import { inNamespace } from "../../../../lab/machine";
import { run } from "../../../../lab/machine/run";
import { Checkout } from "../checkout";
import { labHosts, type LabHost } from "../lab-host";
import { labOf } from "../people";
import { SMALL_PROD } from "../small-prod";
import { Attacker, type Neighbour } from "./attacker";

/** An environment that is up. */
export interface Environment {
  hosts: Map<string, LabHost>;
  site: Site;
}

/** Two environments side by side, and an attacker on one host of the first. */
export interface Scene {
  checkout: Checkout;
  dev: Environment;
  prod: Environment;
  attacker: Attacker;
  /** The deployer's machine. */
  deployer: Neighbour;
  end(): Promise<void>;
}

/** Brings both environments up, and opens the policy's ports on all their hosts. */
export async function setTheScene(compromised: string): Promise<Scene> {
  const checkout = new Checkout();
  try {
    checkout.write("Pulumi.prod.yaml", SMALL_PROD);
    const stacks = await Promise.all(
      ["dev", "prod"].map((stack) => checkout.palisade(["lab", "up", "--stack", stack])),
    );
    for (const { code, stdout, stderr } of stacks) assert.equal(code, 0, stdout + stderr);
    const [dev, prod] = [environment(checkout, "dev"), environment(checkout, "prod")];
    const closePorts = await Promise.all([dev, prod].map(listen));
    const end = async () => {
      await Promise.all(closePorts.map((close) => close()));
      await checkout.remove();
    };
    const { lab } = labOf(checkout, "dev");
    const deployer = { text: (command: string) => run(inNamespace(lab, ["sh", "-c", command])) };
    return { checkout, dev, prod, attacker: new Attacker(hostIn(dev, compromised)), deployer, end };
  } catch (error) {
    await checkout.remove();
    throw error;
  }
}

/** @throws if there is no such host */
export function hostIn({ hosts }: Environment, name: string): LabHost {
  const host = hosts.get(name);
  assert.ok(host, `no host ${name}`);
  return host;
}

function environment(checkout: Checkout, stack: string): Environment {
  const today = new Date().toISOString().slice(0, 10);
  const decided = readStack(checkout.folder, stack, today);
  assert.ok(decided.ok);
  const hosts = labHosts(checkout, stack);
  const book = new Map([...hosts].map(([name, { addresses }]) => [name, addresses]));
  const { model } = decided.value;
  return { hosts, site: { stack, model, book, regionStacks: [], label: (host) => host } };
}

function listen({ hosts, site }: Environment): Promise<() => Promise<void>> {
  return openPorts(new Map([...hosts].map(([name, { place }]) => [name, place])), endpoints(site.model));
}
