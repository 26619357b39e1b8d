import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Checkout, type Result, type Running } from "./support/checkout";
import { environmentSecrets, foundIn, secretOf } from "./support/attack/secrets";
import { now, until } from "./support/faults/traffic";
import { filesBelow } from "./support/files";
import { labHosts, type LabHost } from "./support/lab-host";
import { contacted, isUp, up } from "./support/stacks";
import { cannotRunLab } from "./support/test-lab";

const HOSTS = `
    - { name: bastion-1, on: linode, groups: [bastion], size: g6-nanode-1 }
    - { name: app-1, on: linode, groups: [app], size: g6-nanode-1 }
    - { name: db-1, on: linode, groups: [db], size: g6-nanode-1 }
`;

/** Processes of a checkout that are no host's, as `pid command line`. */
function processesOf({ folder }: Checkout): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const read = (what: string): string => {
        try {
          return readFileSync(`/proc/${pid}/${what}`, "utf8");
        } catch {
          return "";
        }
      };
      const line = read("cmdline").replaceAll("\0", " ").trim();
      const isOurs = line.includes(folder) || read("environ").includes(`PALISADE_LAB_DIR=${folder}`);
      return isOurs && line !== "" && !line.includes("linux.uml") ? [`${pid} ${line}`] : [];
    });
}

/** Files by which the engine keeps others from a stack. */
function locks({ folder }: Checkout): string[] {
  const place = join(folder, ".lab", "test", "pulumi", ".pulumi", "locks");
  return existsSync(place) ? filesBelow(place) : [];
}

/** How an update ends that somebody, or something, stops half way through a push; the tests build on one another. */
describe("an update that is stopped while it pushes", { skip: cannotRunLab }, () => {
  let checkout: Checkout;
  let db: LabHost;
  let port = 6000;

  before(async () => {
    checkout = new Checkout();
    checkout.setHosts("dev", HOSTS);
    await isUp(checkout);
    const host = labHosts(checkout, "dev").get("db-1");
    assert.ok(host);
    db = host;
  });
  after(() => checkout.remove());

  /** One more port of db-1's, so that there is something to push to it. */
  function widen(): void {
    checkout.edit(
      "policy/groups.json",
      `"5432/tcp"${port === 6000 ? "" : `, "${port}/tcp"`}]`,
      `"5432/tcp", "${port + 1}/tcp"]`,
    );
    port++;
  }

  const rules = (): Promise<string> => db.text("iptables-legacy-save; ip6tables-legacy-save");
  const lets = async (): Promise<boolean> => (await rules()).includes(`--dport ${port} `);

  /** Keeps db-1 from loading anything, begins an update, and waits until its push has come to db-1. */
  async function pushing(): Promise<{ update: Running; release: () => Promise<void> }> {
    widen();
    const release = db.follow(
      "exec 9>/run/palisade/lock; flock 9; echo held; cat >/dev/null",
      "",
      () => undefined,
    );
    const update = checkout.begin(["lab", "up"]);
    const waits = async () =>
      /palisade-host apply/.test(await db.text("ps -eww -o args=")) ? undefined : "nothing was pushed";
    await until(waits, { since: now(), within: 120 });
    return { update, release };
  }

  /** Nothing is left of a run, and the next one brings db-1 to what the policy says. */
  async function endsWell({ update, release }: Awaited<ReturnType<typeof pushing>>): Promise<Result> {
    const result = await update.end;
    await release();
    assert.notEqual(result.code, 0, "it did not end as if all were well");
    assert.doesNotMatch(result.stdout + result.stderr, /\n {4}at /, "no stack trace");
    const gone = () => Promise.resolve(processesOf(checkout).join("\n") || undefined);
    await until(gone, { since: now(), within: 20 });
    const next = await isUp(checkout);
    assert.deepEqual(contacted(next), ["db-1"]);
    assert.ok(await lets(), "what was pushed at last is in force");
    const status = await db.text("palisade-host status");
    assert.doesNotMatch(status, /waits to be confirmed/);
    const again = await isUp(checkout);
    assert.match(again.stdout, /No changes: .* no host was contacted/);
    return result;
  }

  test("an interrupt ends it in order: no process, no lock, no half of a push", async () => {
    const run = await pushing();
    run.update.child.kill("SIGINT");
    const ended = await Promise.race([run.update.end, sleep(60_000, "still running")]);
    assert.notEqual(ended, "still running");
    assert.deepEqual(locks(checkout), []);
    const { stdout } = await endsWell(run);
    assert.match(stdout, /Interrupted: what is under way is brought to an end/);
  });

  test("an engine that is killed leaves nothing behind that the next update stumbles over", async () => {
    const run = await pushing();
    const engines = processesOf(checkout).filter((line) => /^\d+ \S*\/pulumi up /.test(line));
    assert.equal(engines.length, 1, processesOf(checkout).join("\n"));
    process.kill(Number(engines[0]?.split(" ")[0]), "SIGKILL");
    await endsWell(run);
  });

  test("so does a lab that is killed with all that it started", async () => {
    const run = await pushing();
    const { pid } = run.update.child;
    assert.ok(pid);
    process.kill(-pid, "SIGKILL");
    await endsWell(run);
  });

  test("a push that a host refuses fails by its name, and the next update pushes it again", async () => {
    widen();
    await db.text(
      "mount --bind /var/lib/palisade /var/lib/palisade && mount -o remount,ro,bind /var/lib/palisade",
    );
    const refused = await up(checkout);
    await db.text("umount /var/lib/palisade");
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /FAILED db-1-apply: /);
    assert.match(refused.stdout, /\/var\/lib\/palisade can't be written to/);
    assert.equal(await lets(), false);
    assert.deepEqual(contacted(await isUp(checkout)), ["db-1"]);
    assert.ok(await lets());
  });

  test("the engine's state has no secret in it that could be read", () => {
    const secrets = environmentSecrets("dev", secretOf(checkout, "dev"), ["bastion-1", "app-1", "db-1"]);
    const folder = join(checkout.folder, ".lab", "test", "pulumi");
    const states = filesBelow(folder);
    assert.ok(
      states.some((file) => file.endsWith("dev.json")),
      states.join("\n"),
    );
    const found = states.flatMap((file) =>
      foundIn(join(folder, file), secrets).map((what) => `${file}: ${what}`),
    );
    assert.deepEqual(found, []);
  });
});
