import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { commitMistake, AUTHOR } from "../docs/support/company";
import { TRIALS } from "../docs/support/trials";
import { runToEnd } from "../../fleet/ssh";
import { deployedHosts } from "../../lab/deploy/deployed";
import { inNamespace, stopHost, rebootHost } from "../../lab/machine";
import { Checkout, type Result } from "./support/checkout";
import { leftOut } from "./support/long";
import { labOf } from "./support/people";
import { SMALL_PROD } from "./support/small-prod";

const skip = leftOut("runbook", "the runbook's commands were NOT typed into a lab");

/**
 * The runbook, typed command by command into one lab, in an order in which each has something to do. The tests build on
 * one another. What a command of the docs that needs an account has in its place is among them.
 */
describe("the runbook in the lab", { skip }, () => {
  let checkout: Checkout;
  const typed = new Set<string>();

  before(async () => {
    checkout = new Checkout({ ...AUTHOR });
    checkout.write("Pulumi.prod.yaml", SMALL_PROD);
    await commitMistake(checkout);
  });
  after(() => checkout.remove());

  async function type(command: string, code = 0): Promise<Result> {
    typed.add(command);
    const result = await checkout.shell(command);
    assert.equal(result.code, code, `${command}\n${result.stdout}${result.stderr}`);
    return result;
  }

  test("a first deploy, with a mistake in it", async () => {
    await type("npx palisade lab preview");
    await type("npx palisade lab up");
    await type("npx palisade lab verify");
    await type("npx palisade lab status");
  });

  test("a look at a host", async () => {
    const { stdout } = await type("npx palisade lab ssh web-1 -- palisade-host status");
    assert.match(stdout, /firewall: palisade firewall for web-1 \(dev\), confirmed/);
    await type("npx palisade lab ssh db-1 -- palisade-host status");
    await type("npx palisade lab ssh web-1 -- iptables-legacy -nvL");
    const { stdout: associations } = await type("npx palisade lab ssh web-1 -- swanctl --list-sas");
    assert.match(associations, /app-1_v6: .*ESTABLISHED/);
    const { stdout: log } = await type("npx palisade lab ssh web-1 -- journalctl -k -g palisade");
    assert.match(log, /palisade (drop|clear): /);
    await type("npx palisade lab ssh web-1 -- palisade-host drift");
    await type("npx palisade lab ssh web-1 -- journalctl -u palisade-drift");
    await type("npx palisade lab ssh web-1");
  });

  test("a look at all hosts", async () => {
    const { stdout } = await type("npx palisade lab drift");
    assert.equal(stdout, "7 of 7 hosts as pushed.\n");
  });

  test("a host that is down, and back", async () => {
    const { lab } = labOf(checkout, "dev");
    await stopHost(lab, { stack: "dev", name: "web-2" }, { hard: true });
    await type("npx palisade lab status", 1);
    await rebootHost(lab, { stack: "dev", name: "web-2" });
    await type("npx palisade lab status");
  });

  test("a mistake, taken back", async () => {
    const { stdout: rules } = await checkout.shell("npx palisade lab ssh db-1 -- iptables-legacy -S");
    assert.match(rules, /--dport 5433/);
    await checkout.shell("git revert --no-edit HEAD");
    await type("npx palisade lab up && npx palisade lab verify");
    const { stdout: after } = await checkout.shell("npx palisade lab ssh db-1 -- iptables-legacy -S");
    assert.doesNotMatch(after, /--dport 5433/);
  });

  test("a firewall that is pushed again, and one that is opened by hand", async () => {
    await type("npx palisade lab ssh web-1 -- systemctl stop palisade-drift.timer");
    await type(
      "npx palisade lab ssh web-1 -- iptables-legacy -I INPUT -s 192.0.2.7 -p tcp --dport 22 -j ACCEPT",
    );
    await type("npx palisade lab ssh web-1 -- palisade-host revert");
    await type("npx palisade lab up --replace web-1-apply");
  });

  test("the way in with the deployer's key alone", async () => {
    const { lab, files } = labOf(checkout, "prod");
    await type("npx palisade lab up --stack prod");
    await type("npx palisade lab preview --stack prod");
    await type("npx palisade lab status --stack prod");
    await checkout.shell(`cp .lab/test/environments/prod/secret prod.secret`);
    await type("npx palisade deployer-key --stack prod --out deployer-key <prod.secret");
    const db = deployedHosts(files)?.find(({ name }) => name === "db-1");
    assert.ok(db);
    const options = ["-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];
    const argv = `ssh ${options.join(" ")} -i deployer-key root@${db.endpoint.host} hostname`.split(" ");
    const { stdout, stderr } = await runToEnd(inNamespace(lab, argv), "", { cwd: checkout.folder });
    assert.equal(stdout, "db-1\n", stderr);
  });

  test("an isolated host, and a new certificate for every other", async () => {
    const config = checkout.read("Pulumi.dev.yaml");
    checkout.write(
      "Pulumi.dev.yaml",
      `${config.replace("2026-11-01", "2026-11-02").trimEnd()}\n  palisade:isolated: [web-1]\n`,
    );
    await type("npx palisade lab up");
    const { stdout } = await checkout.shell("npx palisade lab ssh app-1 -- swanctl --list-conns");
    assert.doesNotMatch(stdout, /^web-1/m);
    const { stdout: rules } = await checkout.shell("npx palisade lab ssh web-1 -- iptables-legacy -S INPUT");
    assert.match(rules, /PALISADE-IN/);
    assert.doesNotMatch(rules, /192\.0\.2\.7/, "what was opened by hand is closed");
    checkout.write("Pulumi.dev.yaml", config);
  });

  test("a host that is replaced", async () => {
    await type("npx palisade lab up --replace web-1-instance");
    await type("npx palisade lab verify --all");
  });

  test("a secret that is exchanged", async () => {
    for (const step of ["announce", "switch", "drop"]) {
      await type(`npx palisade lab secret ${step}`);
      await type("npx palisade lab up");
    }
    await type("npx palisade lab verify");
    const out = await checkout.shell("npx palisade lab secret drop");
    assert.notEqual(out.code, 0);
    assert.match(out.stderr, /has no previous secret: switch to the next one first/);
  });

  test("the end", async () => {
    await type("npx palisade lab down --stack prod");
    await type("npx palisade lab down --all");
  });

  test("all of it", () => {
    const wanted = [...TRIALS].flatMap(([text, trial]) => {
      if (trial.kind === "lab") return [text];
      return trial.kind === "account" && "lab" in trial.instead ? [trial.instead.lab] : [];
    });
    assert.deepEqual(
      wanted.filter((command) => !typed.has(command)),
      [],
      "these commands were not tried",
    );
  });
});
