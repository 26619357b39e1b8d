import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Convergence } from "../../converge/types";
import { ownJson } from "../../lab/deploy/own-data";
import { listHosts, openLab, rebootHost, stopHost, type Lab } from "../../lab/machine";
import { Checkout, Result } from "./support/checkout";
import { leftOut } from "./support/long";
import { onHost, verified } from "./support/stacks";

const EXAMPLES = join(__dirname, "..", "..", "examples", "regions");
const [US, EU, AP] = ["prod-us-east", "prod-eu-central", "prod-ap-south"] as const;

/** Three hosts are enough to be another environment. */
const DEV = `
    - { name: web-1, on: aws, groups: [web], size: t3.small }
    - { name: app-1, on: aws, groups: [app], size: t3.small }
    - { name: db-1, on: linode, groups: [db], size: g6-standard-1 }
`;

const skip = leftOut("regions", "regions of an environment were NOT brought up side by side");

type Converged = Convergence & { missing: Record<string, string> };

/**
 * Regions of prod, two of them 80 ms away from the first, and dev beside them, on real hosts. The tests build on one
 * another, in this order.
 */
describe("regions of an environment on real hosts", { skip }, () => {
  let checkout: Checkout;
  let lab: Lab;

  before(() => {
    checkout = new Checkout();
    lab = openLab({ PALISADE_LAB: "test", PALISADE_LAB_DIR: join(checkout.folder, ".lab") });
    rmSync(join(checkout.folder, "Pulumi.prod.yaml"));
    for (const stack of [US, EU]) addStack(stack);
    checkout.setHosts("dev", DEV);
  });
  after(() => checkout.remove());

  function addStack(stack: string): void {
    const file = `Pulumi.${stack}.yaml`;
    checkout.write(file, readFileSync(join(EXAMPLES, file), "utf8"));
  }

  async function converge(...stacks: string[]): Promise<{ result: Result; converged: Converged }> {
    const result = await checkout.palisade(["lab", "converge", "--json", ...stacks]);
    assert.notEqual(result.stdout, "", result.stderr);
    return { result, converged: ownJson<Converged>(result.stdout) };
  }

  /** Brings all of them up, and expects that it works. */
  async function converged(...stacks: string[]): Promise<Converged> {
    const { result, converged: all } = await converge(...stacks);
    assert.equal(result.code, 0, result.stdout + result.stderr);
    return all;
  }

  test("two regions that refer to each other, and dev, come up together from nothing", async () => {
    const { passes, stacks } = await converged(US, EU, "dev");
    assert.equal(passes, 2);
    assert.deepEqual(
      stacks.map(({ name, updates }) => [name, updates]),
      [
        [US, 2],
        [EU, 2],
        ["dev", 1],
      ],
    );
    const again = await converged(US, EU, "dev");
    assert.deepEqual([again.passes, ...again.stacks.map(({ changes }) => changes)], [1, 0, 0, 0]);
  });

  test("a third region joins by one config line in each", async () => {
    addStack(AP);
    checkout.edit(`Pulumi.${US}.yaml`, `regionStacks: [${EU}]`, `regionStacks: [${EU}, ${AP}]`);
    checkout.edit(`Pulumi.${EU}.yaml`, `regionStacks: [${US}]`, `regionStacks: [${US}, ${AP}]`);
    const { stacks } = await converged(US, EU, AP, "dev");
    assert.equal(stacks.find(({ name }) => name === "dev")?.changes, 0, "dev has nothing to do with it");
  });

  test("over all of them every connection is as the policy says, ESP between hosts, and dev reaches none", async () => {
    const verdict = await verified(checkout, "--all");
    assert.ok(verdict.encrypted >= 40, `${verdict.encrypted} encrypted`);
    assert.ok(verdict.denied > 2000, `${verdict.denied} denied`);
  });

  test("what crosses regions does so over IPv6 alone, in transport mode, a delay away", async () => {
    const associations = await onHost(checkout, "us-db-1", "swanctl --list-sas", US);
    const peers = [...associations.matchAll(/^(\S+): #/gm)].map(([, name]) => name ?? "");
    const elsewhere = peers.filter((name) => /^(eu|ap)-/.test(name));
    assert.ok(elsewhere.includes("eu-app-1_v6") && elsewhere.includes("ap-app-1_v6"), peers.join(" "));
    assert.ok(
      elsewhere.every((name) => name.endsWith("_v6")),
      elsewhere.join(" "),
    );
    assert.match(associations, /TRANSPORT, ESP:AES_GCM_16-128/);
    const far = listHosts(lab, EU).concat(listHosts(lab, AP));
    assert.equal(far.length, 5);
  });

  test("a region whose hosts are all down fails alone, is named, and is caught up with", async () => {
    const down = listHosts(lab, AP).map(({ name }) => ({ stack: AP, name }));
    assert.equal(down.length, 2);
    await Promise.all(down.map((id) => stopHost(lab, id)));
    checkout.edit("policy/groups.json", '"ports": ["5432/tcp"]', '"ports": ["5432/tcp", "5433/tcp"]');
    const { result, converged: all } = await converge(US, EU, AP, "dev");
    assert.equal(result.code, 1);
    assert.deepEqual(
      all.stacks.map(({ name, converged: ok }) => [name, ok]),
      [
        [US, true],
        [EU, true],
        [AP, false],
        ["dev", true],
      ],
    );
    assert.match(all.stacks[2]?.failures.join("\n") ?? "", /ap-db-1-apply: .*/);
    await verified(checkout, "--stack", US, EU, "dev");
    await Promise.all(down.map((id) => rebootHost(lab, id)));
    await converged(US, EU, AP, "dev");
    await verified(checkout, "--stack", US, EU, AP);
  });

  test("a stack that is missing stops no other and is reported with the nearest name", async () => {
    const { result, converged: all } = await converge(US, "prod-ap-soth");
    assert.equal(result.code, 1);
    assert.deepEqual(
      all.stacks.map(({ name, converged: ok }) => [name, ok]),
      [[US, true]],
    );
    assert.match(all.missing["prod-ap-soth"] ?? "", /there is no Pulumi\.prod-ap-soth\.yaml.*prod-ap-south/);
  });

  test("a region that is removed leaves no trace with the others", async () => {
    checkout.edit(`Pulumi.${US}.yaml`, `regionStacks: [${EU}, ${AP}]`, `regionStacks: [${EU}]`);
    checkout.edit(`Pulumi.${EU}.yaml`, `regionStacks: [${US}, ${AP}]`, `regionStacks: [${US}]`);
    await converged(US, EU);
    const config = "cat /etc/swanctl/conf.d/palisade.conf; swanctl --list-conns; ip xfrm policy";
    const address = /ap-[a-z]+-1/;
    assert.doesNotMatch(await onHost(checkout, "us-db-1", config, US), address);
    const { code, stderr } = await checkout.palisade(["lab", "down", "--stack", AP]);
    assert.equal(code, 0, stderr);
    rmSync(join(checkout.folder, `Pulumi.${AP}.yaml`));
    await verified(checkout, "--all");
  });
});
