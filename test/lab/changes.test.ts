import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { HostDrift } from "../../fleet/drift";
import { ownJson } from "../../lab/deploy/own-data";
import { rebootHost, stopHost, type Lab } from "../../lab/machine";
import { Checkout } from "./support/checkout";
import { leftOut } from "./support/long";
import { labOf } from "./support/people";
import { SMALL_PROD } from "./support/small-prod";
import { contacted, isUp, onHost, up, verified } from "./support/stacks";

const skip = leftOut("changes", "hosts were NOT added, taken away, down and changed by hand");

/** What becomes of a stack's hosts over time, on real hosts. The tests build on one another, in this order. */
describe("a stack whose hosts change", { skip }, () => {
  let checkout: Checkout;
  let lab: Lab;

  before(async () => {
    checkout = new Checkout();
    lab = labOf(checkout, "dev").lab;
    await isUp(checkout);
  });
  after(() => checkout.remove());

  test("what is changed by hand is told of, and the host that does not answer", async () => {
    const drift = () => checkout.palisade(["lab", "drift", "--json"]);
    assert.equal((await drift()).code, 0);
    await onHost(
      checkout,
      "db-1",
      "systemctl stop palisade-drift.timer; iptables-legacy -I INPUT -s 192.0.2.7 -j ACCEPT",
    );
    await onHost(
      checkout,
      "web-2",
      "systemctl stop palisade-drift.timer; systemctl stop ssh.socket ssh; true",
    );
    const { code, stdout } = await drift();
    assert.equal(code, 1);
    const found = ownJson<HostDrift[]>(stdout).filter(({ state }) => state !== "as pushed");
    assert.deepEqual(
      found.map(({ host, state }) => [host, state]),
      [
        ["db-1", "drifted"],
        ["web-2", "unknown"],
      ],
    );
    assert.match(stdout, /192\.0\.2\.7/);
    await onHost(checkout, "db-1", "palisade-host drift --repair; systemctl start palisade-drift.timer");
    await rebootHost(lab, { stack: "dev", name: "web-2" });
    let last = await drift();
    for (let tries = 0; last.code !== 0 && tries < 12; tries += 1) last = await drift();
    assert.equal(last.code, 0, last.stdout);
  });

  test("a host that is added becomes a peer of its peers, and no policy file and no other host is touched", async () => {
    checkout.edit(
      "Pulumi.dev.yaml",
      "groups: [web], size: t3.small, count: 2",
      "groups: [web], size: t3.small, count: 3",
    );
    const result = await isUp(checkout);
    assert.deepEqual(contacted(result), ["app-1", "app-2", "bastion-1", "monitor-1", "web-3"]);
    assert.match(await onHost(checkout, "app-1", "swanctl --list-conns"), /^web-3_v6:/m);
    await verified(checkout, "--stack", "dev");
  });

  test("a host that is taken away is gone from all", async () => {
    checkout.edit("Pulumi.dev.yaml", "size: t3.small, count: 3", "size: t3.small, count: 2");
    const result = await isUp(checkout);
    assert.deepEqual(contacted(result), ["app-1", "app-2", "bastion-1", "monitor-1"]);
    assert.doesNotMatch(
      await onHost(checkout, "app-1", "swanctl --list-conns; swanctl --list-sas; ipset list"),
      /web-3/,
    );
  });

  test("a host that is down fails alone, and the next up catches it up alone", async () => {
    await stopHost(lab, { stack: "dev", name: "web-2" }, { hard: true });
    checkout.edit("policy/groups.json", '"ports": ["9100/tcp"]', '"ports": ["9100/tcp", "9101/tcp"]');
    const failed = await up(checkout);
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /FAILED web-2-apply/);
    assert.equal([...failed.stdout.matchAll(/^FAILED /gm)].length, 1, "nobody else failed");
    await rebootHost(lab, { stack: "dev", name: "web-2" });
    const mended = await isUp(checkout);
    assert.deepEqual(contacted(mended), ["web-2"]);
  });

  test("prod beside dev: each as its policy says, and neither reaches the other", async () => {
    checkout.write("Pulumi.prod.yaml", SMALL_PROD);
    const result = await isUp(checkout, "prod");
    assert.match(result.stdout, /3 hosts in 6 groups/);
    // Each tries the other environment's hosts too, and expects silence.
    await verified(checkout, "--all");
  });

  test("a dev host with a way through prod's firewall still gets no security association", async () => {
    const address = (
      await onHost(
        checkout,
        "web-1",
        "ip -6 -o addr show scope global dev eth0 | grep -o '2001:[0-9a-f:]*' | head -1",
      )
    ).trim();
    const target = (
      await onHost(
        checkout,
        "app-1",
        "ip -6 -o addr show scope global dev eth0 | grep -o '2001:[0-9a-f:]*' | head -1",
        "prod",
      )
    ).trim();
    await onHost(
      checkout,
      "app-1",
      `systemctl stop palisade-drift.timer; ip6tables-legacy -I INPUT -s ${address} -p udp -m multiport --dports 500,4500 -j ACCEPT`,
      "prod",
    );
    await onHost(
      checkout,
      "web-1",
      `systemctl stop palisade-drift.timer; ip6tables-legacy -I INPUT -s ${target} -p udp -m multiport --dports 500,4500 -j ACCEPT`,
    );
    const connection = (local: string, remote: string, name: string, peer: string) =>
      `connections { stranger { version = 2\\n proposals = aes128gcm16-prfsha256-x25519\\n local_addrs = ${local}\\n remote_addrs = ${remote}\\n` +
      ` local { auth = pubkey\\n certs = palisade.pem\\n id = ${name} }\\n remote { auth = pubkey\\n id = ${peer} }\\n children { all { mode = transport\\n esp_proposals = aes128gcm16 } } } }\\n`;
    const [dev, prod] = ["web-1.dev.palisade", "app-1.prod.palisade"];
    await onHost(
      checkout,
      "app-1",
      `printf '${connection(target, address, prod, dev)}' >/etc/swanctl/conf.d/stranger.conf && swanctl --load-conns`,
      "prod",
    );
    await onHost(
      checkout,
      "web-1",
      `printf '${connection(address, target, dev, prod)}' >/etc/swanctl/conf.d/stranger.conf && swanctl --load-conns`,
    );
    const attempt = await checkout.palisade([
      "lab",
      "ssh",
      "web-1",
      "--",
      "swanctl --initiate --child all --ike stranger --timeout 20 2>&1",
    ]);
    assert.notEqual(attempt.code, 0);
    assert.match(attempt.stdout, /AUTHENTICATION_FAILED|no trusted .* public key found/i);
    assert.doesNotMatch(
      await onHost(checkout, "app-1", "swanctl --list-sas --ike stranger", "prod"),
      /ESTABLISHED/,
    );
  });

  test("a stack that is taken down is gone, the other is untouched, and it comes up again", async () => {
    const down = await checkout.palisade(["lab", "down", "--stack", "prod"]);
    assert.equal(down.code, 0, down.stderr);
    assert.equal((await checkout.palisade(["lab", "status", "--stack", "prod"])).code, 1);
    const again = await checkout.palisade(["lab", "preview", "--stack", "prod"]);
    assert.equal(again.code, 0, again.stdout + again.stderr);
    assert.match(again.stdout, /\+ \d+ to create/);
    await verified(checkout, "--stack", "dev");
  });
});
