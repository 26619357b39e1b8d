import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CertificateAuthority } from "../../compiler/identity/certificate";
import { deriveKey, parseSecret } from "../../compiler/identity/keys";
import { sshPrivateKey, sshPublicKey } from "../../compiler/identity/openssh";
import { runToEnd, sshCommand } from "../../fleet/ssh";
import { deployedHosts } from "../../lab/deploy/deployed";
import { inNamespace, rebootHost, stopHost } from "../../lab/machine";
import { Checkout, Result } from "./support/checkout";
import { LabHost, labHosts } from "./support/lab-host";
import { leftOut } from "./support/long";
import { labOf } from "./support/people";
import { Transfer } from "./support/transfer";

/** A host of each kind; app-1 has a flow to db-1. */
const STACK = `config:
  aws:region: us-east-1
  palisade:environment: dev
  palisade:region: us-east
  palisade:hosts:
    - { name: app-1, on: aws, groups: [app], size: t3.small }
    - name: db-1
      on: existing
      groups: [db]
      address: ["2001:db8:c000::230"]
      hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICG5OpNEZ4pLDkWdYcjvZc5ugxZJQTnBf5YFKbA64xb+
    - { name: monitor-1, on: linode, groups: [monitor], size: g6-nanode-1 }
  palisade:subnets:
    aws: 198.51.100.0/27
    linode: 198.51.100.32/27
  palisade:zones: [us-east-1a]
  palisade:failsafe: [203.0.113.0/28, "2001:db8:ff1::/64"]
  palisade:connect: ipv6
  palisade:certificateEpoch: "2026-11-01"
`;
const FILE = "Pulumi.dev.yaml";

const skip = leftOut("rotation", "keys and secrets were NOT exchanged while a download runs");

/**
 * A download that goes on while everything that can be rotated is. The tests build on one another, in this order.
 */
describe("a download goes through every rotation", { skip }, () => {
  let checkout: Checkout;
  let transfer: Transfer;
  let app: LabHost;
  let db: LabHost;

  before(() => {
    checkout = new Checkout();
    checkout.write(FILE, STACK);
  });
  after(() => checkout.remove());

  async function up(code = 0): Promise<Result> {
    const result = await checkout.palisade(["lab", "up"]);
    assert.equal(result.code, code, result.stdout + result.stderr);
    return result;
  }

  /** As the last `up` left them: the deployer's key and the hosts' change on the way. */
  function findHosts(): void {
    const hosts = labHosts(checkout, "dev");
    const [foundApp, foundDb] = [hosts.get("app-1"), hosts.get("db-1")];
    assert.ok(foundApp && foundDb);
    [app, db] = [foundApp, foundDb];
  }

  async function step(name: "announce" | "switch" | "drop"): Promise<void> {
    const { code, stderr } = await checkout.palisade(["lab", "secret", name]);
    assert.equal(code, 0, stderr);
  }

  const certificate = (host: LabHost, what: string) =>
    host.text(`openssl x509 -in /etc/swanctl/x509/palisade.pem -noout -${what}`);
  const associations = (host: LabHost) =>
    host.text("swanctl --list-sas | sed -n 's/^\\(.*: #[0-9]*\\),.*/\\1/p' | sort");
  const secretFile = (name: string) => join(checkout.folder, ".lab", "test", "environments", "dev", name);

  /** `id` on a host, by the deployer's key that a secret gives. */
  async function logIn(secretFrom: string, name: string): Promise<Result> {
    const { lab, files } = labOf(checkout, "dev");
    const key = deriveKey(parseSecret(readFileSync(secretFrom, "utf8").trim()), "dev", { use: "deployer" });
    const keyFile = join(checkout.folder, "tried-key");
    writeFileSync(keyFile, sshPrivateKey(key), { mode: 0o600 });
    const host = deployedHosts(files)?.find((one) => one.name === name);
    assert.ok(host);
    const argv = sshCommand(files, host, { user: host.endpoint.user, keyFile }, { batch: true });
    return runToEnd(inNamespace(lab, [...argv, "id"]), "");
  }

  test("it begins", async () => {
    await up();
    findHosts();
    transfer = await Transfer.start(db, app);
    copyFileSync(secretFile("secret"), join(checkout.folder, "old-secret"));
  });

  test("certificates, by the epoch", async () => {
    const before = await associations(app);
    checkout.edit(FILE, "2026-11-01", "2026-11-02");
    await up();
    assert.match(await certificate(app, "startdate"), /Nov {2}1 /);
    assert.equal(await associations(app), before, "no link began anew");
    await transfer.goesOn();
  });

  test("hosts' own keys, by a date of each", async () => {
    const before = await certificate(app, "pubkey");
    checkout.edit(
      FILE,
      "groups: [app], size: t3.small",
      'groups: [app], size: t3.small, keyEpoch: "2026-11-28"',
    );
    checkout.edit(FILE, "groups: [db]", 'groups: [db]\n      keyEpoch: "2026-11-28"');
    await up();
    assert.notEqual(await certificate(app, "pubkey"), before);
    assert.equal(
      await app.text("ls /etc/swanctl/private"),
      "palisade-2026-11-28.pem\n",
      "the old key is gone",
    );
    // A link that begins now is made with the new keys.
    await app.text("swanctl --terminate --ike db-1_v6 --timeout 5");
    await transfer.goesOn();
    const key = await app.text("openssl pkey -in /etc/swanctl/private/palisade-2026-11-28.pem -pubout");
    assert.equal(await certificate(app, "pubkey"), key);
  });

  test("the secret is announced, while a host is down", async () => {
    const { lab } = labOf(checkout, "dev");
    await stopHost(lab, { stack: "dev", name: "monitor-1" }, { hard: true });
    await step("announce");
    const { stdout } = await up(1);
    assert.match(stdout, /FAILED monitor-1-/);
    assert.doesNotMatch(stdout, /FAILED (app|db)-1/);
    await rebootHost(lab, { stack: "dev", name: "monitor-1" });
    await transfer.goesOn();
  });

  test("the secret is switched, for the host that was down as well", async () => {
    const issuer = await certificate(app, "ext authorityKeyIdentifier");
    await step("switch");
    await up();
    findHosts();
    assert.notEqual(await certificate(app, "ext authorityKeyIdentifier"), issuer);
    for (const name of ["app-1", "db-1", "monitor-1"]) {
      const old = await logIn(join(checkout.folder, "old-secret"), name);
      assert.notEqual(old.code, 0, `the old deployer's key logs in on ${name}`);
      assert.match(old.stderr, /Permission denied \(publickey/, name);
      const now = await logIn(secretFile("secret"), name);
      assert.equal(now.code, 0, now.stderr);
    }
    await transfer.goesOn();
    const again = await up();
    assert.match(again.stdout, /No changes/);
  });

  test("the old secret is dropped, and each link begins anew", async () => {
    const before = await associations(app);
    await step("drop");
    await up();
    assert.notEqual(await app.text("cat /etc/swanctl/x509ca/palisade-ca.pem"), "");
    assert.equal(
      (await app.run("cmp /etc/swanctl/x509ca/palisade-ca.pem /etc/swanctl/x509ca/palisade-other-ca.pem"))
        .code,
      0,
    );
    await transfer.goesOn();
    const now = new Set((await associations(app)).split("\n"));
    assert.deepEqual(
      before.split("\n").filter((name) => name !== "" && now.has(name)),
      [],
    );
  });

  test("it ends without an error", async () => {
    const { blocks, says } = await transfer.end();
    assert.ok(blocks > 500, says);
  });

  test("a certificate of the old CA is refused", async () => {
    const secret = parseSecret(readFileSync(join(checkout.folder, "old-secret"), "utf8").trim());
    const authority = await CertificateAuthority.create("dev", deriveKey(secret, "dev", { use: "ca" }));
    const initiate =
      "swanctl --terminate --ike db-1_v6 --timeout 5; swanctl --initiate --ike db-1_v6 --child all --timeout 10";
    const good = await app.run(initiate);
    assert.equal(good.code, 0, good.stdout + good.stderr);

    await app.text("systemctl stop palisade-drift.timer");
    // A key that never had another certificate: charon takes a key for good that one it remembers is for.
    const own = "/etc/swanctl/private/palisade-2026-11-28.pem";
    const request = await app.text(
      `mv ${own} /root && openssl genpkey -algorithm ed25519 -out /etc/swanctl/private/forged.pem &&
       openssl req -new -key /etc/swanctl/private/forged.pem -subj /CN=x`,
    );
    const forged = await authority.sign("app-1", request, "2026-11-02");
    await app.text(
      "cat >/etc/swanctl/x509/palisade.pem && swanctl --load-creds --clear --noprompt && swanctl --load-conns",
      forged,
    );
    const refused = await app.run(initiate);
    assert.notEqual(refused.code, 0, refused.stdout);
    assert.match(refused.stdout + refused.stderr, /AUTHENTICATION_FAILED/);
    assert.match(await db.text("journalctl -u strongswan -n 40 -o cat"), /no issuer certificate found/);

    await app.text(
      `rm /etc/swanctl/private/forged.pem && mv /root/palisade-2026-11-28.pem ${own} &&
       palisade-host drift --repair && systemctl start palisade-drift.timer`,
    );
    const again = await app.run(initiate);
    assert.equal(again.code, 0, again.stdout + again.stderr);
  });

  test("hosts show keys of the secret in force", () => {
    const secret = parseSecret(readFileSync(secretFile("secret"), "utf8").trim());
    const { files } = labOf(checkout, "dev");
    const host = deployedHosts(files)?.find(({ name }) => name === "app-1");
    // Every command above was over a connection that takes this key alone.
    assert.equal(
      host?.endpoint.hostKey,
      sshPublicKey(deriveKey(secret, "dev", { use: "host-ssh", host: "app-1" })),
    );
  });
});
