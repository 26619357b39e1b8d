import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ownJson } from "../../lab/deploy/own-data";
import { openLab, rebootHost, type Lab } from "../../lab/machine";
import { Checkout, type Result } from "./support/checkout";
import { environmentSecrets, foundIn, linkKeys, passwordSecrets, secretOf } from "./support/attack/secrets";
import { answers, now, until } from "./support/faults/traffic";
import { labHosts } from "./support/lab-host";
import { filesBelow } from "./support/files";
import { giveKey, labPassword, runAs } from "./support/people";
import { contacted, isUp, onHost, up, verified } from "./support/stacks";
import { cannotRunLab } from "./support/test-lab";
import { watchProcesses } from "./support/watch-processes";
import { join } from "node:path";

/**
 * What has to hold secrets: the lab's own, and the disks and user data of its machines, which are a host's and a
 * cloud's own. What a host has of others is looked for in compromised.test.ts.
 */
const IS_PRIVATE =
  /^\.lab\/test\/(environments\/[a-z]+\/(secret|passphrase)|stacks\/[a-z]+\/(deployer-key|passwords\.json)|hosts\/.*)$/;

/** Seconds for which a busy machine is waited for; how long a host takes is faults.test.ts's to say. */
const MINUTES = 300;

/** What a command printed, or why it printed nothing. */
const said = ({ code, stdout, stderr }: Result) => (code === 0 ? stdout : `exit ${code}: ${stderr}`);

/**
 * The main job, from nothing, on real hosts; how hosts come and go is in changes.test.ts. The tests build on one
 * another, in this order.
 */
describe("the dev stack on real hosts", { skip: cannotRunLab }, () => {
  let checkout: Checkout;
  let lab: Lab;
  let alice = "";
  let dave = "";

  before(() => {
    checkout = new Checkout();
    lab = openLab({ PALISADE_LAB: "test", PALISADE_LAB_DIR: join(checkout.folder, ".lab") });
    alice = giveKey(checkout, "alice");
    dave = giveKey(checkout, "dave");
  });
  after(() => checkout.remove());

  /** Reads the command lines of this machine and of a host whose passwords change, until called. */
  function watchLeaks(): () => Promise<string> {
    const stopHere = watchProcesses();
    const onAppHost = new Set<string>();
    const command = "while :; do ps -eww -o args=; sleep 0.2; done";
    const stopThere = labHosts(checkout, "dev")
      .get("app-1")
      ?.follow(command, "", (line) => onAppHost.add(line));
    return async () => {
      const [here] = await Promise.all([stopHere(), stopThere?.()]);
      assert.match([...onAppHost].join("\n"), /palisade-host apply passwords/, "the push was seen");
      return [...here, ...onAppHost].join("\n");
    };
  }

  /** Looks for the environment's secret, all keys that it gives, each host's own, and the hashes of passwords. */
  async function noSecretIn(printed: readonly Result[], processes: string): Promise<void> {
    const hosts = labHosts(checkout, "dev");
    const secrets = [
      ...environmentSecrets("dev", secretOf(checkout, "dev"), [...hosts.keys()]),
      ...(await linkKeys("dev", hosts)),
      ...passwordSecrets(checkout, "dev"),
    ];
    const render = await checkout.palisade(["render", "--stack", "dev", "--out", "rendered"]);
    assert.equal(render.code, 0, render.stderr);
    const journals = await Promise.all(
      [...hosts.values()].map((host) => host.text("journalctl -o export --no-pager")),
    );
    checkout.write("printed", printed.map(({ stdout, stderr }) => stdout + stderr).join("\n"));
    checkout.write("processes", processes);
    checkout.write("journals", journals.join("\n"));
    const files = filesBelow(checkout.folder).filter((file) => !IS_PRIVATE.test(file));
    const found = files.flatMap((file) =>
      foundIn(join(checkout.folder, file), secrets).map((what) => `${file}: ${what}`),
    );
    assert.deepEqual(found, []);
    const known = foundIn(join(checkout.folder, ".lab/test/environments/dev/secret"), secrets);
    assert.deepEqual(known, ["dev's secret"], "what looks for them finds them");
  }

  test("an up that is killed half way leaves what the next one finishes", async () => {
    const killed = await checkout.palisade(["lab", "up"], { killAfter: 25_000 });
    assert.equal(killed.code, 137, "it was under way");
    const result = await isUp(checkout);
    assert.match(result.stdout, /7 hosts in 6 groups, \d+ flows, \d+ pairs of peers, \d+ logins/);
  });

  test("what the policy allows connects, what it does not is dropped, and peers speak ESP only", async () => {
    const verdict = await verified(checkout, "--stack", "dev");
    assert.ok(verdict.encrypted >= 39, `${verdict.encrypted} encrypted`);
    assert.ok(verdict.denied > 1000, `${verdict.denied} denied`);
  });

  test("security associations are transport mode, and only with peers", async () => {
    const state = await onHost(checkout, "db-1", "ip xfrm state");
    assert.match(state, /proto esp/);
    assert.doesNotMatch(state, /proto esp[^\n]*\n[^\n]*mode tunnel/);
    const associations = await onHost(checkout, "db-1", "swanctl --list-sas");
    assert.match(associations, /TRANSPORT, ESP:AES_GCM_16-128/);
    const peers = [...associations.matchAll(/^(\S+)_v[46]: #/gm)].map(([, name]) => name);
    assert.deepEqual([...new Set(peers)].sort(), ["app-1", "app-2", "bastion-1", "monitor-1"]);
  });

  test("a second up changes nothing, contacts nobody and says so", async () => {
    const logins = "journalctl --sync; journalctl -u ssh --no-pager | grep -c 'Accepted publickey' || true";
    const first = Number(await onHost(checkout, "web-1", logins));
    const result = await isUp(checkout);
    assert.match(
      result.stdout,
      /No changes: all \d+ resources are as they should be; no host was contacted\./,
    );
    assert.equal(
      Number(await onHost(checkout, "web-1", logins)),
      first + 1,
      "only this test's own login is new",
    );
  });

  test("a preview of a wider policy shows the rules as a diff, and up contacts only who must change", async () => {
    checkout.edit("policy/groups.json", '"ports": ["5432/tcp"]', '"ports": ["5432/tcp", "5433/tcp"]');
    const preview = await checkout.palisade(["lab", "preview"]);
    assert.equal(preview.code, 0);
    assert.match(preview.stdout, /~ db-1-apply/);
    assert.match(preview.stdout, /\+-A PALISADE-IN -p tcp -m tcp --dport 5433 .*-j db\.postgres/);
    assert.doesNotMatch(preview.stdout, /web-1-apply/);
    const result = await isUp(checkout);
    assert.deepEqual(contacted(result), ["db-1"]);
  });

  test("people log in where the policy lets them, with sudo where it says so", async () => {
    const as = (user: string, keyFile: string, host: string, command: string) =>
      runAs(checkout, { user, keyFile }, { stack: "dev", host }, command);
    assert.equal(said(await as("alice", alice, "db-1", "id -un")), "alice\n");
    assert.equal(said(await as("alice", alice, "db-1", "sudo -n id -un")), "root\n");
    assert.equal(said(await as("dave", dave, "web-1", "id -un")), "dave\n");
    assert.notEqual((await as("dave", dave, "web-1", "sudo -n id -un")).code, 0, "dave has no sudo on web-1");
    const refused = await as("dave", dave, "db-1", "id -un");
    assert.match(refused.stderr, /Permission denied/, "dave has no account on db-1");
    const stolen = await as("alice", dave, "web-1", "id -un");
    assert.match(stolen.stderr, /Permission denied/, "another person's key");
  });

  test("sudo for a command runs that one alone, and sudo with a password asks for it", async () => {
    const [frank, heidi] = [giveKey(checkout, "frank"), giveKey(checkout, "heidi")];
    const before = checkout.read("policy/groups.json");
    // What the sample has in test and prod, in dev.
    checkout.edit(
      "policy/groups.json",
      '{ "team": "app-devs", "sudo": true, "environments": ["dev"] }',
      '{ "person": "erin", "sudo": true }',
    );
    checkout.edit(
      "policy/groups.json",
      '"sudo": { "password": true }, "environments": ["test"]',
      '"sudo": { "password": true }, "environments": ["dev", "test"]',
    );
    checkout.edit(
      "policy/groups.json",
      '{ "team": "dbas", "sudo": true, "environments": ["dev", "test"] }',
      '{ "team": "dbas", "sudo": { "commands": ["/usr/bin/id -un"] }, "environments": ["dev", "test"] }',
    );
    const policyTests = checkout.read("policy/tests.json");
    checkout.write("policy/tests.json", '{ "tests": [] }');
    const watched = watchLeaks();
    const preview = await checkout.palisade(["lab", "preview"]);
    const result = await isUp(checkout);
    await noSecretIn([preview, result], await watched());
    const as = (user: string, keyFile: string, host: string, command: string, stdin?: string) =>
      runAs(checkout, { user, keyFile }, { stack: "dev", host }, command, stdin);
    assert.equal(said(await as("heidi", heidi, "db-1", "sudo -n id -un")), "root\n");
    for (const other of ["id -u", "id", "sh -c id", "-u alice id -un"])
      assert.notEqual((await as("heidi", heidi, "db-1", `sudo -n ${other}`)).code, 0, other);
    const password = labPassword(checkout, "dev", "frank");
    const sudo = "sudo -k -S -p '' id -un";
    assert.equal(said(await as("frank", frank, "app-1", sudo, `${password}\n`)), "root\n");
    assert.notEqual((await as("frank", frank, "app-1", sudo, "wrong\n")).code, 0);
    const service = await as("db-backup", heidi, "db-1", "true");
    assert.match(service.stderr, /Permission denied/, "nobody logs in as a service account");
    checkout.write("policy/groups.json", before);
    checkout.write("policy/tests.json", policyTests);
    await isUp(checkout);
    assert.doesNotMatch(
      await onHost(checkout, "app-1", "cat /var/lib/extrausers/shadow"),
      /\$/,
      "the hashes went",
    );
  });

  test("a person who is removed is refused everywhere, and their sessions end", async () => {
    const session = runAs(
      checkout,
      { user: "dave", keyFile: dave },
      { stack: "dev", host: "web-1" },
      "sleep 300",
    );
    const away = async () =>
      (await onHost(checkout, "web-1", "pgrep -u dave -x sleep || true")) === ""
        ? "dave is not logged in"
        : undefined;
    await until(away, { since: now(), within: MINUTES });
    const people = ownJson<{ people: Record<string, unknown> }>(checkout.read("policy/people.json"));
    const before = checkout.read("policy/people.json");
    delete people.people["dave"];
    checkout.write("policy/people.json", JSON.stringify(people, null, 2));
    const result = await isUp(checkout);
    assert.deepEqual(contacted(result), ["bastion-1", "web-1", "web-2"]);
    assert.notEqual((await session).code, 0, "the session was ended");
    for (const host of ["bastion-1", "web-1", "web-2"]) {
      const login = await runAs(checkout, { user: "dave", keyFile: dave }, { stack: "dev", host }, "true");
      assert.match(login.stderr, /Permission denied/, host);
    }
    checkout.write("policy/people.json", before);
  });

  test("a host that was rebooted enforces before its network is up, with nobody's help", async () => {
    await rebootHost(lab, { stack: "dev", name: "web-2" }, { hard: true });
    const web = labHosts(checkout, "dev").get("web-2");
    assert.ok(web);
    await answers(web, now(), MINUTES);
    const order = await onHost(
      checkout,
      "web-2",
      "systemctl show -p ActiveEnterTimestampMonotonic --value palisade-firewall systemd-networkd",
    );
    const [firewall, network] = order.trim().split(/\n+/).map(Number);
    assert.ok(firewall !== undefined && network !== undefined && firewall > 0 && firewall < network, order);
    assert.match(
      await onHost(checkout, "web-2", "palisade-host status"),
      /firewall: palisade firewall for web-2 \(dev\), confirmed/,
    );
    await verified(checkout, "--stack", "dev");
  });

  test("a firewall that shuts the deployer out is undone by the host, and up fails and names it", async () => {
    const config = checkout.read("Pulumi.dev.yaml");
    const policy = checkout.read("policy/groups.json");
    const tests = checkout.read("policy/tests.json");
    checkout.write("policy/tests.json", '{ "tests": [] }');
    checkout.edit(
      "Pulumi.dev.yaml",
      'failsafe: [203.0.113.0/28, "2001:db8:ff1::/64"]',
      'failsafe: [203.0.113.240/28, "2001:db8:ff1:f::/64"]',
    );
    checkout.edit(
      "policy/groups.json",
      '"ports": ["22/tcp"], "from": ["net:office"]',
      '"ports": ["22/tcp"], "from": ["self"]',
    );
    const result = await up(checkout);
    assert.equal(result.code, 1);
    for (const host of ["web-1", "monitor-1"])
      assert.match(result.stdout, new RegExp(`FAILED ${host}-(ipsec|confirm)`));
    const web = labHosts(checkout, "dev").get("web-1");
    assert.ok(web);
    const waiting = async () => {
      const { stdout, stderr } = await web.run("palisade-host status");
      return /the last push was not confirmed and was undone/.test(stdout) ? undefined : stdout + stderr;
    };
    await until(waiting, { since: now(), within: MINUTES });
    checkout.write("Pulumi.dev.yaml", config);
    checkout.write("policy/groups.json", policy);
    checkout.write("policy/tests.json", tests);
    await isUp(checkout);
    assert.doesNotMatch(await onHost(checkout, "web-1", "palisade-host status"), /waits to be confirmed/);
  });
});
